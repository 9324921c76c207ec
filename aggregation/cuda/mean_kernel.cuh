#pragma once
// Means without outliers: a thread for each coordinate, all of whose values pass once through registers, half a column
// at a time, and wait in order in shared memory (column.hpp). Rows are read once, 128 bytes at a time.
#include <array>

#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/launch.cuh"

namespace zenops::cuda {

inline constexpr uint32_t kThreads = 128;

/// arguments.rows: (plan.rows) pointers to (size) floats each. Threads write to their own part of shared memory alone.
template <uint32_t wires>
__global__ void __launch_bounds__(kThreads) mean_kernel(const __grid_constant__ MeanArguments arguments) {
  float* const shared = shared_memory();  // (rows, kThreads); by rank twice that
  const size_t i = size_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= arguments.size) return;
  const uint32_t n = arguments.plan.rows, p = (n + 1) / 2;
  float* const mine = shared + threadIdx.x;
#pragma unroll 1  // one network for both halves
  for (uint32_t half = 0; half < 2; ++half) {
    const uint32_t first = half * p, count = half ? n - p : p;
    float v[wires];
#pragma unroll
    for (uint32_t k = 0; k < wires; ++k) {
      v[k] = k < count ? 0.0f : INFINITY;
      const float* const row = k < count ? arguments.rows.at[first + k] : nullptr;
      if (row) v[k] = __ldcs(row + i);
    }
    put_in_order(v, count, {mine + first * kThreads, kThreads});
  }
  finish(arguments.finish, i, mean_of(arguments.plan, {mine, kThreads}, {mine + n * kThreads, kThreads}));
}

template <uint32_t wires>
void launch_mean(const MeanArguments& arguments, cudaStream_t stream) {
  const size_t columns = arguments.plan.by_rank ? 2 : 1,
               shared = columns * arguments.plan.rows * kThreads * sizeof(float);
  constexpr size_t most = 2 * (2 * wires) * kThreads * sizeof(float);
  launch_sharing<most>(mean_kernel<wires>, static_cast<unsigned>((arguments.size + kThreads - 1) / kThreads), kThreads,
                       shared, stream, arguments);
}

template <uint32_t wires>
constexpr MeanLauncher launcher() {
  return launch_mean<wires>;
}

/// Kernels are compiled in four files, which compilers work on side by side.
inline constexpr uint32_t kPerFile = kMostWires / 4;
using MeanLaunchers = std::array<MeanLauncher, kPerFile>;

template <uint32_t first, uint32_t... k>
constexpr MeanLaunchers launchers_from(std::integer_sequence<uint32_t, k...>) {
  return {launcher<first + k>()...};
}

/// Those for `first` wires, `first` + 1, …
template <uint32_t first>
constexpr MeanLaunchers launchers_from() {
  return launchers_from<first>(std::make_integer_sequence<uint32_t, kPerFile>());
}

extern const MeanLaunchers kMeans1, kMeans17, kMeans33, kMeans49;

}  // namespace zenops::cuda
