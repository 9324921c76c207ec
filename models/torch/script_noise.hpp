#pragma once
#include "base/philox.hpp"

namespace zenops {

/// As long as it lives, what this thread drops out comes from streams of that name: one for each mask, counted in
/// `part`. Torch draws masks from one generator of the whole process: with several threads, other bits in every run.
class ScriptNoise {
 public:
  explicit ScriptNoise(const StreamName& name);
  ~ScriptNoise();
  ScriptNoise(const ScriptNoise&) = delete;
};

/// Puts our source of masks in the place of torch's. Once, before any model is loaded.
void replace_torchs_masks();

}  // namespace zenops
