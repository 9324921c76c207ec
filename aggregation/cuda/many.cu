// Means of more than 128 rows (many.hpp). A block has 32 coordinates, whose columns lie side by side in shared memory:
// the 32 threads of a warp are the same helper of different columns, so that they read and write different banks, and
// 128 bytes of a row at a time.
#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/launch.cuh"
#include "aggregation/cuda/many.hpp"

namespace zenops::cuda {
namespace {

constexpr uint32_t kColumns = 32, kManyThreads = kColumns * kHelpers;

/// Threads (coordinate, helper). `wires`: of the longest run.
template <uint32_t wires>
__global__ void __launch_bounds__(kManyThreads) many_kernel(const __grid_constant__ ManyArguments arguments) {
  float* const shared = shared_memory();  // (rows + kHelpers, kColumns)
  const uint32_t lane = threadIdx.x, helper = threadIdx.y, n = arguments.shape.rows;
  const size_t i = size_t{blockIdx.x} * kColumns + lane;
  const Column column{shared + lane, kColumns}, lowest{shared + n * kColumns + lane, kColumns};
  float v[wires];
  const Share run = run_of(n, helper);
#pragma unroll
  for (uint32_t k = 0; k < wires; ++k) {
    v[k] = k < run.count() ? 0.0f : INFINITY;
    const float* const row = k < run.count() && i < arguments.size ? arguments.rows.at[run.begin + k] : nullptr;
    if (row) v[k] = __ldcs(row + i);
  }
  put_in_order(v, run.count(), {column.values + run.begin * kColumns, kColumns});
  // A run with a NaN is nothing else.
  lowest[helper] = run.count() > 0 ? column[run.begin] : 0.0f;
#pragma unroll 1
  for (uint32_t runs = 1; runs < (arguments.shape.by_rank ? kHelpers : kRuns); runs *= 2) {
    __syncthreads();
    const Share part = merge_part(column, n, helper, runs, v);
    __syncthreads();
    put_part(v, part, column);
  }
  __syncthreads();
  if (helper > 0 || i >= arguments.size) return;
  bool nan = false;
  for (uint32_t k = 0; k < kHelpers; ++k) nan |= lowest[k] != lowest[k];
  finish(arguments.finish, i, nan ? NAN : mean_of_many(arguments.shape, column));
}

template <uint32_t wires>
void launch_many(const ManyArguments& arguments, cudaStream_t stream) {
  const size_t shared = (arguments.shape.rows + kHelpers) * kColumns * sizeof(float);
  constexpr size_t most = (wires * kHelpers + kHelpers) * kColumns * sizeof(float);
  launch_sharing<most>(many_kernel<wires>, static_cast<unsigned>((arguments.size + kColumns - 1) / kColumns),
                       dim3(kColumns, kHelpers), shared, stream, arguments);
}

}  // namespace

void mean_of_many(const ManyArguments& arguments, cudaStream_t stream) {
  (arguments.shape.rows <= kManyRows / 2 ? launch_many<kMostOfARun / 2> : launch_many<kMostOfARun>)(arguments, stream);
}

}  // namespace zenops::cuda
