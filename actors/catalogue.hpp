#pragma once
#include <functional>
#include <memory>

#include "aggregation/accelerator.hpp"
#include "attacks/attack.hpp"
#include "aggregation/rule.hpp"
#include "models/dataset.hpp"
#include "models/replica.hpp"

namespace zenops {

/// What of a GPU the shards of a process have.
struct ShardsGpu {
  double share = 0;  // of it; 0: none
  int index = 0;     // as CUDA counts those that the process sees
};
/// What measures and combines in a process in which shards live; null: the processor. Called once in each such process, when its first
/// shard begins.
using AcceleratorOf = std::function<std::shared_ptr<Accelerator>(const ShardsGpu& gpu)>;
/// None without a share, else that card. Throws cuda::Error where it is not there.
std::shared_ptr<Accelerator> accelerator_of(const ShardsGpu& gpu);

/// Everything that can be chosen by name. A program adds its own before it starts a run.
struct Catalogue {
  Rules rules = Rules::standard();  // of aggregation
  Attacks attacks = Attacks::standard();  // of liars that are simulated
  Models models = Models::standard();  // that are trained
  Datasets datasets = Datasets::standard();  // that they are trained on
  AcceleratorOf accelerator = accelerator_of;  // of shards
};

}  // namespace zenops
