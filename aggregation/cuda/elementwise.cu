// Weighted sums, majorities, and noise on top: what is made of a coordinate's values one after the other. A thread for
// each coordinate.
#include "aggregation/cuda/elements.hpp"
#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/launch.cuh"

namespace zenops::cuda {
namespace {

constexpr uint32_t kSumThreads = 256;

/// Eight rows are asked for before the first has come.
__global__ void __launch_bounds__(kSumThreads) sum_kernel(const __grid_constant__ SumArguments arguments) {
  const size_t i = size_t{blockIdx.x} * kSumThreads + threadIdx.x;
  if (i >= arguments.size) return;
  float sum = arguments.before ? arguments.before[i] : 0;
#pragma unroll 8
  for (uint32_t k = 0; k < arguments.terms; ++k)
    sum = fused(arguments.weights[k], __ldcs(arguments.rows.at[k] + i), sum);
  finish(arguments.finish, i, sum);
}

__global__ void __launch_bounds__(kSumThreads) majority_kernel(const __grid_constant__ MajorityArguments arguments) {
  const size_t i = size_t{blockIdx.x} * kSumThreads + threadIdx.x;
  if (i >= arguments.size) return;
  float votes = arguments.before ? arguments.before[i] : 0;
#pragma unroll 8
  for (uint32_t k = 0; k < arguments.count; ++k) votes = voted(votes, __ldcs(arguments.rows.at[k] + i));
  finish(arguments.finish, i, arguments.decides ? decided(votes, arguments.step) : votes);
}

__global__ void __launch_bounds__(kSumThreads) noise_kernel(const __grid_constant__ NoiseArguments arguments) {
  const size_t i = size_t{blockIdx.x} * kSumThreads + threadIdx.x;
  if (i >= arguments.size) return;
  finish(arguments.finish, i, noisy(arguments.values[i], arguments.deviation, arguments.noise[i]));
}

unsigned blocks_of(size_t size) { return static_cast<unsigned>((size + kSumThreads - 1) / kSumThreads); }

}  // namespace

void weighted_sum(const SumArguments& arguments, cudaStream_t stream) {
  launch(sum_kernel, blocks_of(arguments.size), kSumThreads, 0, stream, arguments);
}

void majority(const MajorityArguments& arguments, cudaStream_t stream) {
  launch(majority_kernel, blocks_of(arguments.size), kSumThreads, 0, stream, arguments);
}

void add_noise(const NoiseArguments& arguments, cudaStream_t stream) {
  launch(noise_kernel, blocks_of(arguments.size), kSumThreads, 0, stream, arguments);
}

}  // namespace zenops::cuda
