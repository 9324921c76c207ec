#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "attacks/collusion.hpp"
#include "attacks/line.hpp"

namespace zenops {
namespace {

/// mean − λ p with the largest λ for which max_i ‖lie − x_i‖ ≤ max_ij ‖x_i − x_j‖: no further from any honest row than two of them are
/// from each other (Min-Max, Shejwalkar and Houmansadr 2021; ∇p is −p). The paper searches λ by halving; each row's bound is a
/// quadratic in λ, so that the smallest of the h roots is the answer. Formula on steps; on gradients p = σ would lie on the other side,
/// which the honest mean does not prefer. O(h² d).
void min_max(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  const Line way = line(known, parameters);
  double reach = 0, lambda = std::numeric_limits<double>::infinity();
  for (const auto& row : distances(known)) reach = std::max(reach, *std::ranges::max_element(row));
  for (size_t i = 0; way.c > 0 && i < known.honest; ++i) {
    const auto [from, to] = way.within(i, reach);
    lambda = std::min(lambda, from <= to ? to : 0);
  }
  point(known, way, std::isfinite(lambda) ? lambda : 0, lie);
}

/// The same with Σ_i ‖lie − x_i‖² ≤ max_i Σ_j ‖x_i − x_j‖² (Min-Sum, of the same paper): one quadratic. O(h² d).
void min_sum(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  const Line way = line(known, parameters);
  double reach = 0;
  for (const auto& row : distances(known)) reach = std::max(reach, std::accumulate(row.begin(), row.end(), 0.0));
  // Σ_i (a_i − 2 λ b_i + λ² c), divided by h: the bound of one row with the means of a and b.
  const auto h = static_cast<double>(known.honest);
  const Line sum{.p = {},
                 .a = {std::accumulate(way.a.begin(), way.a.end(), 0.0) / h},
                 .b = {std::accumulate(way.b.begin(), way.b.end(), 0.0) / h},
                 .c = way.c};
  const auto [from, to] = way.c > 0 ? sum.within(0, reach / h) : Line::Interval{0, 0};
  point(known, way, from <= to ? to : 0, lie);
}

constexpr const char* source = "Shejwalkar, Houmansadr 2021 (Manipulating the Byzantine), ";

}  // namespace

AttackEntry min_max_entry() {
  return collusion({.name = "min_max",
                    .sentence = "moves from the honest mean until it is as far from an honest row as two honest rows are from each other",
                    .source = std::string(source) + "Min-Max",
                    .parameters = {direction_parameter(2)}},
                   Sight::rows, min_max);
}

AttackEntry min_sum_entry() {
  return collusion({.name = "min_sum",
                    .sentence = "moves from the honest mean until its squared distances to the honest rows sum to the most that an honest row has",
                    .source = std::string(source) + "Min-Sum",
                    .parameters = {direction_parameter(2)}},
                   Sight::rows, min_sum);
}

}  // namespace zenops
