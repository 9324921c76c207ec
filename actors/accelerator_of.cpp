#include <algorithm>

#include "actors/catalogue.hpp"
#include "aggregation/cuda/accelerator.hpp"

namespace zenops {

std::shared_ptr<Accelerator> accelerator_of(double gpus) {
  return gpus > 0 ? cuda::accelerator(std::min(gpus, 1.0)) : nullptr;
}

}  // namespace zenops
