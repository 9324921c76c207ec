#pragma once
#include <cuda_runtime.h>

#include "aggregation/cuda/column.hpp"
#include "aggregation/cuda/many.hpp"
#include "aggregation/cuda/mix_plan.hpp"
#include "aggregation/cuda/step.hpp"
#include "aggregation/cuda/sums.hpp"

/// The launchers of the kernels. Nothing is checked here: whoever launches asks CUDA how it went. Pointers are the
/// card's addresses; null rows are rows of zeros.
namespace zenops::cuda {

/// Rows as a kernel takes them: with the other arguments, not in memory that would have to be copied first.
template <uint32_t most>
struct Pointers {
  const float* at[most];
};

struct MeanArguments {
  Pointers<kMostRows> rows;
  MeanPlan plan;
  size_t size;  // of a row
  Finish finish;
};

/// Finishes with the means of the plan's rows.
using MeanLauncher = void (*)(const MeanArguments&, cudaStream_t);

/// The launcher for columns whose longer half has so many values, 1 ≤ wires ≤ kMostWires.
MeanLauncher mean_launcher(uint32_t wires);

struct ManyArguments {
  Pointers<kManyRows> rows;
  MeanShape shape;
  size_t size;  // of a row
  Finish finish;
};
/// Finishes with the mean of any number of rows up to kManyRows.
void mean_of_many(const ManyArguments& arguments, cudaStream_t stream);

/// Rows of one launch of a sum.
inline constexpr uint32_t kMostTerms = 128;

struct SumArguments {
  Pointers<kMostTerms> rows;  // none of them null
  float weights[kMostTerms];
  uint32_t terms;
  const float* before;  // (size): the sum of what came before; null: nothing did
  size_t size;          // of a row
  Finish finish;
};
/// Finishes with Σ weight · row, fused, in their order.
void weighted_sum(const SumArguments& arguments, cudaStream_t stream);

struct MixArguments {
  const MixStep* steps;    // as mix_plan() has them, but on the card
  const uint32_t* begins;  // likewise
  uint32_t made;           // rows
  size_t first;            // coordinate of a tile
  size_t size;             // coordinates of a tile
  size_t pitch;            // ≥ size
  float* out;              // (made, pitch)
};
/// out = the mixed rows' coordinates from `first` on.
void mix(const MixArguments& arguments, cudaStream_t stream);

/// Rows of one launch of a majority.
inline constexpr uint32_t kMostVoters = 128;

struct MajorityArguments {
  Pointers<kMostVoters> rows;  // none of them null
  uint32_t count;
  const float* before;  // (size): the votes of what came before; null: nobody's
  bool decides;         // these are the last rows
  float step;
  size_t size;  // of a row
  Finish finish;
};
/// Finishes with the votes' outcome or, unless it decides, the votes so far.
void majority(const MajorityArguments& arguments, cudaStream_t stream);

struct NoiseArguments {
  const float* values;  // (size)
  const float* noise;   // (size)
  float deviation;
  size_t size;
  Finish finish;
};
/// Finishes with values + deviation · noise, within what is finite.
void add_noise(const NoiseArguments& arguments, cudaStream_t stream);

/// The most points of a table: rows, and one that is trusted.
inline constexpr uint32_t kMostPoints = 129;
/// Numbers of each point that a table has in shared memory at a time, twice: one stage is compared while the next
/// comes. Rows are 16 numbers further apart, so that the two tiles of a warp read from different banks.
inline constexpr uint32_t kStage = 128, kPitch = kStage + kLanes;
/// Bytes of shared memory that a block takes at most, of all kernels: the largest table's. Cards that have less for one
/// are not used (device.hpp).
inline constexpr size_t kMostShared = 2 * size_t{kMostPoints} * kPitch * sizeof(float);

/// What sums are taken of, and where the parts of each chunk go.
struct SumsArguments {
  Pointers<kMostPoints> points;
  uint32_t count;  // of points
  size_t size;     // of a row
  size_t first_chunk;
  uint32_t chunks;
  float* parts;  // (chunks, sums, kLanes)
};
/// Sums: the squared distances by triangle(), then (count) squared norms.
void chunk_table(const SumsArguments& arguments, cudaStream_t stream);
/// How many kinds of sums chunk_products() has of each point.
constexpr uint32_t kinds_beside(bool trusted, bool gaps, bool signs) { return 1 + trusted + gaps + 2 * signs; }
/// Sums: (count) squared norms; unless `trusted` is null (count) products with it; with `gaps`, which require it,
/// (count) squared distances from it; with `signs` (count) numbers above zero and (count) below.
void chunk_products(const SumsArguments& arguments, const float* trusted, bool gaps, bool signs, cudaStream_t stream);

/// A sum over all chunks so far: by lane, and with each chunk's lanes added up first. On the processor's side one is
/// sum_lanes() of the lanes, as of a distance, the other the total, as of a norm and a product.
struct Folded {
  double lanes[kLanes];
  double total;
};
/// folded (sums) += parts (chunks, sums, kLanes), chunk by chunk.
void fold(Folded* folded, const float* parts, uint32_t chunks, uint32_t sums, cudaStream_t stream);

/// Pairs of one launch of sums in double.
inline constexpr uint32_t kMostPairs = 64;
struct PairArguments {
  Pointers<kMostPairs> left, right;
  uint32_t pairs;
  size_t size;    // of a row
  InDouble* out;  // (pairs, kLanes)
};
/// The lanes of each pair. For the few sums that floats cannot hold: a pair is the work of 16 threads.
void in_double(const PairArguments& arguments, cudaStream_t stream);

/// out += the squared distance of two rows, in whatever order, a kernel for each pair (aggregation.hpp).
void one_pair(const float* left, const float* right, size_t size, double* out, cudaStream_t stream);

}  // namespace zenops::cuda
