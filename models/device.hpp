#pragma once
#include <optional>
#include <string>

namespace zenops {

/// Where a network computes.
struct Device {
  enum class Kind {
    cores,
    apart,  // on cores, but in memory of its own that is copied to and from, as a GPU's: for tests
    gpu,
  };
  Kind kind = Kind::cores;
  int gpu = 0;  // as CUDA counts those that this process sees
};

/// Whether this build has what training on GPUs needs.
bool trains_on_gpus();
/// Loads it, in a second or so; the sentence of what is missing otherwise. To be called before the first replica is made, afterwards
/// torch believes that there are no GPUs. The driver is not asked: a process may fork after this.
std::optional<std::string> load_gpus();
/// That this process sees, after load_gpus(). From then on it may not fork.
int count_gpus();
/// How one failed of which nothing more can come in this process, in one line; empty: none has.
std::string lost_gpu();

}  // namespace zenops
