#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zenops {

/// How the rows of a block become one.
enum class Combine : uint8_t {
  weighted_sum,  // Σ_k w_k u_k
  trimmed_mean,  // per coordinate, the mean without the `trim` smallest and largest
  phocas,        // per coordinate, the mean of the n − trim values nearest to that trimmed mean
};

/// What became of one row in one block.
enum class Verdict : uint8_t {
  accepted,
  opposes,   // its dot product with the trusted row is too small
  too_long,  // its norm is too large beside the trusted row's
};
std::string_view to_string(Verdict);

/// One pass over one block.
struct BlockPlan {
  Combine combine = Combine::weighted_sum;
  uint32_t trim = 0;
  std::vector<float> weights;     // (n) for weighted_sum; empty otherwise
  std::vector<Verdict> verdicts;  // (n)
};

/// What shards apply, segment by segment, to the rows that were measured.
struct Plan {
  std::vector<BlockPlan> blocks;
  std::string note;  // a sentence when the outcome is not the usual one ("no rows: no update"), else empty
};

/// out (size) = the rows of one segment combined as `plan` says. rows: n pointers to `size` floats each; null stands for a
/// row of zeros. n = 0 or no positive weight gives zeros. O(n size) for a sum, O(n log² n size) compare-exchanges for the
/// others. Bits depend on the rows, their order and the plan alone.
void combine(const BlockPlan& plan, std::span<const float* const> rows, size_t size, float* out);

/// Whether every float is finite. One read.
bool all_finite(std::span<const float> values);

/// y += a · x, element by element with one rounding (fused). Sizes are equal.
void add_scaled(std::span<float> y, float a, std::span<const float> x);

}  // namespace zenops
