#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zenops {

/// A row of a mix, in part.
struct Term {
  uint32_t row;  // its index
  float weight;  // what it is multiplied by
  bool operator==(const Term&) const = default;  // both the same
};

/// New rows as linear combinations of rows, each a list of terms by ascending row.
using Mix = std::vector<std::vector<Term>>;

/// How the rows of a block become one.
enum class Combine : uint8_t {
  weighted_sum,  // Σ_k w_k u_k, and the trusted row times its weight
  trimmed_mean,  // per coordinate, the mean without the `trim` smallest and largest; with trim = ⌊(n − 1) / 2⌋ the
                 // median
  nearest_mean,  // per coordinate, the mean of the n − drop values nearest to that trimmed mean
  majority,      // per coordinate, `step` in the direction of more of the rows; zeros do not vote, and a tie is 0
};

/// What became of one row in one block.
enum class Verdict : uint8_t {
  accepted,
  opposes,   // its dot product with the trusted row is too small
  too_long,  // its norm is too large beside the trusted row's
  outlier,   // the rule left it out for how it lies among the others
};
std::string_view to_string(Verdict);

/// One pass over one block.
struct BlockPlan {
  Combine combine = Combine::weighted_sum;  // how
  uint32_t trim = 0;  // on each side
  std::vector<float> weights = {};     // (n) for weighted_sum; empty otherwise
  std::vector<Verdict> verdicts = {};  // (n)
  uint32_t drop = 0;                   // of nearest_mean
  float trusted_weight = 0;            // of the trusted row, in a weighted sum
  bool toward = false;                 // not u_k is added but where its sender stands, u_k + w' − w, w' being where it began
  Mix mix = {};                        // unless empty, what the coordinate-wise kinds see instead of the rows
  float step = 0;                      // of a majority
  float noise = 0;                     // the standard deviation of what is added to every number; what would be infinite is the largest float
  uint64_t noise_draw = 0;             // from which that is drawn
};

/// How many of the rows combining them reads.
size_t rows_read(const BlockPlan& plan);

/// What shards apply, segment by segment, to the rows that were measured.
struct Plan {
  std::vector<BlockPlan> blocks = {};  // one for each block
  std::string note = {};  // a sentence when the outcome is not the usual one ("no rows: no update"), else empty
};

/// out (size) = the rows of one segment combined as `plan` says. rows: n pointers to `size` floats each; null stands
/// for a row of zeros, as does a null `trusted`. n = 0 or no weight gives zeros. O(n size) for a sum, O(n log² n size)
/// compare-exchanges for the others; a mix adds O(terms size) and is never made as a whole. `at`: which of the model's
/// numbers the first one is; noise depends on that, whatever the segments are. Bits depend on the rows, their order, the
/// plan and `at` alone.
void combine(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size, float* out,
             size_t at = 0);
inline void combine(const BlockPlan& plan, std::span<const float* const> rows, size_t size, float* out) {
  combine(plan, rows, nullptr, size, out);
}

/// The standard normal number that belongs to the model's number `at` in that draw, as a pure function of both.
float noise_at(uint64_t draw, size_t at);

/// Whether every float is finite. One read.
bool all_finite(std::span<const float> values);

/// y += a · x, element by element with one rounding (fused). Sizes are equal.
void add_scaled(std::span<float> y, float a, std::span<const float> x);

/// y += x, element by element; what would be infinite is the largest float of that sign. Sizes are equal.
void add_saturated(std::span<float> y, std::span<const float> x);

}  // namespace zenops
