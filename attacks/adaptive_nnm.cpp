#include <algorithm>

#include "attacks/collusion.hpp"
#include "attacks/line.hpp"

namespace zenops {
namespace {

/// Rows that are measured by a rule are measured in float: a lie exactly as far as an honest row may be taken for further.
constexpr double kMargin = 1e-4;

/// Against nearest neighbour mixing: mean − λ p with the largest λ for which all f lies are among the n − f nearest of every honest row,
/// so that each mixed row holds f parts of the lie. All of them are among the h = n − f nearest of x_i, itself included, when the lie is
/// no further from it than the (h − f + 1)-th nearest honest row, itself being the first; where f is h or more, than the second. Each
/// row allows an interval of λ; where no λ is in all of them it is the largest of those that are in most. Ours; the paper of nearest
/// neighbour mixing (Allouah et al. 2023) has no such attack. p as in min_max. O(h² d).
void adaptive_nnm(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  const Line way = line(known, parameters);
  const size_t h = known.honest, last = std::min(h - 1, std::max<size_t>(1, h > known.liars ? h - known.liars : 0));
  std::vector<Line::Interval> intervals;
  auto apart = distances(known);
  for (size_t i = 0; way.c > 0 && i < h; ++i) {
    std::ranges::nth_element(apart[i], apart[i].begin() + static_cast<ptrdiff_t>(last));
    intervals.push_back(way.within(i, apart[i][last] * (1 - kMargin)));
  }
  double lambda = 0;
  ptrdiff_t most = 0;
  for (const auto& candidate : intervals) {
    if (candidate.from > candidate.to) continue;
    const ptrdiff_t rows = std::ranges::count_if(
        intervals, [&](const Line::Interval& other) { return other.from <= candidate.to && candidate.to <= other.to; });
    if (rows > most || (rows == most && candidate.to > lambda)) {
      most = rows;
      lambda = candidate.to;
    }
  }
  point(known, way, lambda, lie);
}

}  // namespace

AttackEntry adaptive_nnm_entry() {
  return collusion({.name = "adaptive_nnm",
                    .sentence = "moves from the honest mean as far as nearest neighbour mixing still mixes it into every honest row",
                    .source = "ours, against Allouah et al. 2023 (NNM)",
                    .parameters = {direction_parameter(0)}},
                   Sight::rows, adaptive_nnm);
}

}  // namespace zenops
