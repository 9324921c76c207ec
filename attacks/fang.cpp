#include <algorithm>
#include <cmath>

#include "attacks/collusion.hpp"
#include "attacks/line.hpp"
#include "attacks/room.hpp"

namespace zenops {
namespace {

/// The paper's upper bound of λ, with w_Re, from which the round began, at zero, as steps are counted from it; h honest, f lie:
/// √(min_i Σ over the h − 2 nearest ‖x_i − x_j‖² / ((h − f − 1) d)) + max_i ‖x_i‖ / √d.
double largest_step(const Knowledge& known) {
  const size_t h = known.honest, near = h > 2 ? h - 2 : h - 1;
  double least = INFINITY, longest = 0;
  for (auto& row : distances(known)) {
    std::ranges::sort(row);
    double sum = 0;
    for (size_t k = 1; k <= near; ++k) sum += row[k];  // row[0] is itself
    least = std::min(least, sum);
  }
  for (const auto& row : known.rows) {
    double square = 0;
    for (const float x : row) square += double{x} * x;
    longest = std::max(longest, square);
  }
  const double d = std::max<double>(1, static_cast<double>(known.mean.size()));
  const double others = h > known.liars + 1 ? static_cast<double>(h - known.liars - 1) : 1;
  return std::sqrt(least / (others * d)) + std::sqrt(longest / d);
}

/// −λ sign(mean), with the first of λ, λ/2, λ/4, … that krum takes for its result (Fang, Cao, Jia, Gong 2020, Krum attack with full
/// knowledge); all liars send the same. It begins at the paper's upper bound, or at `start`. Where none is taken, as by any rule that
/// does not return one of the rows, the last one tried is sent. It is the same on gradients. O(h² d), and up to
/// `tries` aggregations.
void fang_krum(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  const std::vector<std::span<const float>> lies(known.liars, lie);
  const auto start = parameters.find("start");
  double lambda = start == parameters.end() ? largest_step(known) : start->second;
  for (auto left = static_cast<size_t>(parameters.at("tries")); left > 0; --left, lambda /= 2) {
    for (size_t i = 0; i < lie.size(); ++i)
      lie[i] = known.mean[i] > 0 ? with_room(-lambda) : known.mean[i] < 0 ? with_room(lambda) : 0.0f;
    if (std::ranges::equal(known.aggregate(lies), lie)) return;
  }
}

/// Per coordinate a number drawn from beyond all honest ones, on the side away from where the honest mean moves it (Fang, Cao, Jia, Gong
/// 2020, trimmed mean and median attack with full knowledge, b = 2): where the mean is above 0, between the smallest and that smallest
/// divided by b if it is above 0 and times b else; where it is below 0, mirrored. A mean of 0 counts as above. The paper draws for each
/// liar; ours send the same. The same on gradients. O(h d).
void fang_trimmed(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream& stream, std::span<float> lie) {
  const double b = parameters.at("b");
  for (size_t i = 0; i < lie.size(); ++i) {
    const double side = known.mean[i] < 0 ? -1 : 1;  // as if the mean were above
    double least = side * known.rows[0][i];
    for (const auto& row : known.rows) least = std::min(least, side * row[i]);
    const double beyond = least > 0 ? least / b : least * b;
    lie[i] = with_room(side * (least + (beyond - least) * double{stream.uniform()}));
  }
}

constexpr const char* source = "Fang, Cao, Jia, Gong 2020 (Local model poisoning attacks)";

}  // namespace

AttackEntry fang_krum_entry() {
  return collusion({.name = "fang_krum",
                    .sentence = "sends the longest step against the sign of the honest mean that krum still chooses",
                    .source = source,
                    .parameters = {{.name = "start",
                                    .default_value = 1,
                                    .min = 0,
                                    .max = 1e30,
                                    .optional = true,
                                    .sentence = "the size of every number that it tries first; without it the paper's upper bound"},
                                   {.name = "tries", .default_value = 20, .min = 1, .max = 1000, .integer = true, .sentence = "how often it halves that size, at most"}}},
                   Sight::rule, fang_krum);
}

AttackEntry fang_trimmed_entry() {
  return collusion({.name = "fang_trimmed",
                    .sentence = "sends numbers beyond all honest ones, on the side away from the honest mean's direction",
                    .source = source,
                    .parameters = {{.name = "b", .default_value = 2, .min = 1, .max = 1e6, .sentence = "how far beyond, at most: as a factor"}}},
                   Sight::rows, fang_trimmed);
}

}  // namespace zenops
