// Distances, norms and products of rows. A block takes a chunk of all points, 4096 numbers of each, and leaves 16 float
// sums for each pair; another kernel adds chunks up in double, in their order. So the sums are the processor's to the
// bit, and no product passes through TF32.
#include <cuda_pipeline.h>

#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/launch.cuh"

namespace zenops::cuda {
namespace {

/// Points on each side of the pairs that a thread has sums for: 25 sums from 10 numbers that it loads.
constexpr uint32_t kTile = 5;
/// Tiles of a block: of up to 50 points all.
constexpr uint32_t kTiles = 55, kTableThreads = kTiles * kLanes;

constexpr uint32_t pairs_of(uint32_t count) { return count * (count - 1) / 2; }
constexpr uint32_t tiles_of(uint32_t count) {
  const uint32_t side = (count + kTile - 1) / kTile;
  return side * (side + 1) / 2;
}

/// Begins to copy stage (count, kPitch) from the points' numbers [at, at + kStage); those from `end` on are zeros.
__device__ void begin_stage(const SumsArguments& a, size_t at, size_t end, float* stage) {
  for (uint32_t k = threadIdx.x; k < a.count * kStage; k += blockDim.x) {
    const uint32_t point = k / kStage, i = k % kStage;
    const float* const row = a.points.at[point];
    float* const to = stage + point * kPitch + i;
    if (row && at + i < end)
      __pipeline_memcpy_async(to, row + at + i, sizeof(float));
    else
      *to = 0;
  }
  __pipeline_commit();
}

/// Block (group of tiles, chunk); 16 threads for each tile, of which thread k has lane k.
__global__ void __launch_bounds__(kTableThreads) table_kernel(const __grid_constant__ SumsArguments a) {
  float* const stages = shared_memory();  // (2, count, kPitch)
  const uint32_t lane = threadIdx.x % kLanes, tile = blockIdx.x * kTiles + threadIdx.x / kLanes;
  const bool works = tile < tiles_of(a.count);
  uint32_t row = 0;
  while ((row + 1) * (row + 2) / 2 <= tile) ++row;
  const uint32_t column = tile - row * (row + 1) / 2;
  const bool diagonal = row == column;
  // Past the last point it is the last one once more, and nothing is written.
  uint32_t x[kTile], y[kTile];
#pragma unroll
  for (uint32_t k = 0; k < kTile; ++k) {
    x[k] = min(row * kTile + k, a.count - 1) * kPitch + lane;
    y[k] = min(column * kTile + k, a.count - 1) * kPitch + lane;
  }
  float sums[kTile][kTile] = {};
  const size_t begin = (a.first_chunk + blockIdx.y) * kChunk, end = begin + kChunk < a.size ? begin + kChunk : a.size;
  const uint32_t stage_size = a.count * kPitch;
  begin_stage(a, begin, end, stages);
  uint32_t turn = 0;
  for (size_t at = begin; at < end; at += kStage, turn ^= 1) {
    if (at + kStage < end)
      begin_stage(a, at + kStage, end, stages + (turn ^ 1) * stage_size);
    else
      __pipeline_commit();
    __pipeline_wait_prior(1);
    __syncthreads();
    const float* const stage = stages + turn * stage_size;
    if (works) {
#pragma unroll 1
      for (uint32_t i = 0; i < kStage; i += kLanes) {
        float left[kTile], right[kTile];
#pragma unroll
        for (uint32_t k = 0; k < kTile; ++k) {
          left[k] = stage[x[k] + i];
          right[k] = stage[y[k] + i];
        }
#pragma unroll
        for (uint32_t r = 0; r < kTile; ++r)
#pragma unroll
          for (uint32_t c = 0; c < kTile; ++c)
            sums[r][c] = add_distance(left[r], r == c && diagonal ? 0 : right[c], sums[r][c]);
      }
    }
    __syncthreads();
  }
  if (!works) return;
  const uint32_t pairs = pairs_of(a.count);
  float* const out = a.parts + size_t{blockIdx.y} * (pairs + a.count) * kLanes + lane;
#pragma unroll
  for (uint32_t r = 0; r < kTile; ++r)
#pragma unroll
    for (uint32_t c = 0; c < kTile; ++c) {
      const uint32_t i = row * kTile + r, j = column * kTile + c;
      if (i < a.count && j <= i) out[(i == j ? pairs + i : i * (i - 1) / 2 + j) * kLanes] = sums[r][c];
    }
}

/// Block (chunk, group of points); threads (lane, point).
template <bool gaps, bool signs>
__global__ void __launch_bounds__(256) products_kernel(const __grid_constant__ SumsArguments a, const float* trusted) {
  const uint32_t lane = threadIdx.x, point = blockIdx.y * blockDim.y + threadIdx.y;
  if (point >= a.count) return;
  const float* const row = a.points.at[point];
  const size_t begin = (a.first_chunk + blockIdx.x) * kChunk, end = begin + kChunk < a.size ? begin + kChunk : a.size;
  Beside<gaps, signs> sums;
  if (row) {
    // So many numbers are asked for before the first has come.
    constexpr uint32_t kTogether = 16;
    size_t i = begin + lane;
    for (; i + (kTogether - 1) * kLanes < end; i += kTogether * kLanes) {
      float x[kTogether], y[kTogether];
#pragma unroll
      for (uint32_t k = 0; k < kTogether; ++k) {
        x[k] = row[i + k * kLanes];
        y[k] = trusted ? trusted[i + k * kLanes] : 0;
      }
#pragma unroll
      for (uint32_t k = 0; k < kTogether; ++k) sums.add(x[k], y[k]);
    }
    for (; i < end; i += kLanes) sums.add(row[i], trusted ? trusted[i] : 0);
  }
  const size_t kind = size_t{a.count} * kLanes;
  float* out = a.parts + blockIdx.x * kind * kinds_beside(trusted, gaps, signs) + point * kLanes + lane;
  *out = sums.squares;
  if (trusted) *(out += kind) = sums.products;
  if (gaps) *(out += kind) = sums.gap;
  if (!signs) return;
  *(out += kind) = sums.above;
  *(out += kind) = sums.below;
}

/// Block (sum); threads (lane, chunk of 16): what one after the other adds is loaded by all.
__global__ void __launch_bounds__(256) fold_kernel(Folded* folded, const float* parts, uint32_t chunks, uint32_t sums) {
  __shared__ float together[16][kLanes];
  __shared__ double in_pairs[16];
  const uint32_t lane = threadIdx.x, row = threadIdx.y;
  const float* const from = parts + size_t{blockIdx.x} * kLanes + lane;
  double sum = row == 0 ? folded[blockIdx.x].lanes[lane] : row == 1 ? folded[blockIdx.x].total : 0;
  for (uint32_t first = 0; first < chunks; first += 16) {
    together[row][lane] = first + row < chunks ? from[size_t{first + row} * sums * kLanes] : 0.0f;
    __syncthreads();
    if (lane == 0) in_pairs[row] = sum_lanes(together[row]);
    __syncthreads();
    const uint32_t count = min(chunks - first, 16u);
    if (row == 0)
      for (uint32_t k = 0; k < count; ++k) sum += double{together[k][lane]};
    else if (row == 1 && lane == 0)
      for (uint32_t k = 0; k < count; ++k) sum += in_pairs[k];
    __syncthreads();
  }
  if (row == 0) folded[blockIdx.x].lanes[lane] = sum;
  if (row == 1 && lane == 0) folded[blockIdx.x].total = sum;
}

/// Block (pair); a thread for each lane.
__global__ void __launch_bounds__(kLanes) in_double_kernel(const __grid_constant__ PairArguments a) {
  const float* const left = a.left.at[blockIdx.x];
  const float* const right = a.right.at[blockIdx.x];
  InDouble sums;
#pragma unroll 8
  for (size_t i = threadIdx.x; i < a.size; i += kLanes) sums.add(left ? left[i] : 0, right ? right[i] : 0);
  a.out[blockIdx.x * kLanes + threadIdx.x] = sums;
}

/// Each thread strides over both rows, each block adds what its threads found.
__global__ void __launch_bounds__(256) pair_kernel(const float* left, const float* right, size_t size, double* out) {
  __shared__ double sums[256];
  double sum = 0;
  for (size_t i = size_t{blockIdx.x} * 256 + threadIdx.x; i < size; i += size_t{gridDim.x} * 256) {
    const float difference = left[i] - right[i];
    sum += double{difference * difference};
  }
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (uint32_t half = 128; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) atomicAdd(out, sums[0]);
}

}  // namespace

void chunk_table(const SumsArguments& a, cudaStream_t stream) {
  const uint32_t tiles = tiles_of(a.count), shared = 2 * a.count * kPitch * sizeof(float);
  launch_sharing<kMostShared>(table_kernel, dim3((tiles + kTiles - 1) / kTiles, a.chunks),
                              (tiles < kTiles ? tiles : kTiles) * kLanes, shared, stream, a);
}

void chunk_products(const SumsArguments& a, const float* trusted, bool gaps, bool signs, cudaStream_t stream) {
  const uint32_t together = a.count < 16 ? a.count : 16;
  launch(gaps    ? signs ? products_kernel<true, true> : products_kernel<true, false>
            : signs ? products_kernel<false, true>
                 : products_kernel<false, false>,
         dim3(a.chunks, (a.count + together - 1) / together), dim3(kLanes, together), 0, stream, a, trusted);
}

void fold(Folded* folded, const float* parts, uint32_t chunks, uint32_t sums, cudaStream_t stream) {
  launch(fold_kernel, sums, dim3(kLanes, 16), 0, stream, folded, parts, chunks, sums);
}

void in_double(const PairArguments& arguments, cudaStream_t stream) {
  launch(in_double_kernel, arguments.pairs, kLanes, 0, stream, arguments);
}

void one_pair(const float* left, const float* right, size_t size, double* out, cudaStream_t stream) {
  constexpr size_t most = 1024;
  const size_t blocks = (size + 255) / 256;
  launch(pair_kernel, static_cast<unsigned>(blocks < most ? blocks : most), 256, 0, stream, left, right, size, out);
}

}  // namespace zenops::cuda
