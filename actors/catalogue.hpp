#pragma once
#include <functional>
#include <memory>

#include "aggregation/accelerator.hpp"
#include "attacks/attack.hpp"
#include "aggregation/rule.hpp"
#include "models/dataset.hpp"
#include "models/replica.hpp"

namespace zenops {

/// What measures and combines in a process in which shards live and which was given so many GPUs; null: the processor. Called once
/// in each such process, when its first shard begins.
using AcceleratorOf = std::function<std::shared_ptr<Accelerator>(double gpus)>;
/// None for 0, else the first card that the process sees. Throws cuda::Error where there is none.
std::shared_ptr<Accelerator> accelerator_of(double gpus);

/// Everything that can be chosen by name. A program adds its own before it starts a run.
struct Catalogue {
  Rules rules = Rules::standard();  // of aggregation
  Attacks attacks = Attacks::standard();  // of liars that are simulated
  Models models = Models::standard();  // that are trained
  Datasets datasets = Datasets::standard();  // that they are trained on
  AcceleratorOf accelerator = accelerator_of;  // of shards
};

}  // namespace zenops
