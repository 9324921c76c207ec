#include <algorithm>

#include "actors/catalogue.hpp"
#include "aggregation/cuda/accelerator.hpp"

namespace zenops {

std::shared_ptr<Accelerator> accelerator_of(const ShardsGpu& gpu) {
  return gpu.share > 0 ? cuda::accelerator(std::min(gpu.share, 1.0), gpu.index) : nullptr;
}

}  // namespace zenops
