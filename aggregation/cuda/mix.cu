// Mixed rows of a tile (mix_plan.hpp). What they are made of and what is made of them stays in the card's second cache
// until the mean that follows has read it.
#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/launch.cuh"

namespace zenops::cuda {
namespace {

constexpr uint32_t kMixThreads = 128;

/// Block (coordinates, group of mixed rows).
__global__ void __launch_bounds__(kMixThreads) mix_kernel(const __grid_constant__ MixArguments a) {
  size_t at[kMixedCoordinates];
#pragma unroll
  for (uint32_t c = 0; c < kMixedCoordinates; ++c)
    at[c] = (size_t{blockIdx.x} * kMixedCoordinates + c) * kMixThreads + threadIdx.x;
  MixSums sums[kMixedCoordinates];
  const uint32_t end = a.begins[blockIdx.y + 1];
#pragma unroll 4
  for (uint32_t k = a.begins[blockIdx.y]; k < end; ++k) {
    const MixStep step = a.steps[k];
#pragma unroll
    for (uint32_t c = 0; c < kMixedCoordinates; ++c)
      sums[c].add(step, at[c] < a.size ? step.row[a.first + at[c]] : 0.0f);
  }
  const uint32_t first = blockIdx.y * kMixed;
#pragma unroll
  for (uint32_t c = 0; c < kMixedCoordinates; ++c)
#pragma unroll
    for (uint32_t r = 0; r < kMixed; ++r)
      if (first + r < a.made && at[c] < a.size) a.out[(first + r) * a.pitch + at[c]] = sums[c].sums[r];
}

}  // namespace

void mix(const MixArguments& arguments, cudaStream_t stream) {
  constexpr size_t each = kMixThreads * kMixedCoordinates;
  launch(mix_kernel,
         dim3(static_cast<unsigned>((arguments.size + each - 1) / each), (arguments.made + kMixed - 1) / kMixed),
         kMixThreads, 0, stream, arguments);
}

}  // namespace zenops::cuda
