#include "attacks/line.hpp"

#include <algorithm>
#include <cmath>

#include "aggregation/geometry.hpp"
#include "attacks/room.hpp"
#include "attacks/sums.hpp"

namespace zenops {

Line::Interval Line::within(size_t i, double reach) const {
  // Roots of c λ² − 2 b λ + (a − reach), each without a difference of nearly equal numbers.
  const double rest = a[i] - reach, discriminant = b[i] * b[i] - c * rest;
  if (!(discriminant >= 0)) return {1, 0};
  const double root = std::sqrt(discriminant);
  const double larger = b[i] >= 0 ? b[i] + root : rest / (b[i] - root) * c, smaller = b[i] >= 0 && larger > 0 ? rest / larger * c : b[i] - root;
  const double to = larger / c, from = smaller / c;
  return to < 0 ? Interval{1, 0} : Interval{std::max(0.0, from), to};
}

Parameter direction_parameter(double default_value) {
  return {.name = "direction",
          .default_value = default_value,
          .min = 0,
          .max = 2,
          .integer = true,
          .sentence = "where it moves from the honest mean: 0 against that mean, 1 against its sign, 2 by the standard deviation"};
}

Line line(const Knowledge& known, const Parameters& parameters) {
  const auto direction = static_cast<int>(parameters.at("direction"));
  Line out;
  const auto from = direction == 2 ? known.deviation : known.mean;
  out.p.assign(from.begin(), from.end());
  if (direction == 1)
    for (float& x : out.p) x = x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f;
  out.c = dot(out.p, out.p);
  for (const auto& row : known.rows) {
    out.a.push_back(squared_distance(known.mean, row));
    out.b.push_back(sum_of(row.size(), [&](size_t i) { return (double{known.mean[i]} - row[i]) * out.p[i]; }));
  }
  return out;
}

void point(const Knowledge& known, const Line& line, double lambda, std::span<float> lie) {
  for (size_t i = 0; i < lie.size(); ++i) lie[i] = with_room(known.mean[i] - lambda * line.p[i]);
}

std::vector<std::vector<double>> distances(const Knowledge& known) {
  const size_t h = known.rows.size();
  std::vector<const float*> rows;
  for (const auto& row : known.rows) rows.push_back(row.data());
  const Products products = measure(rows, nullptr, known.mean.size(), true);
  std::vector<std::vector<double>> out(h, std::vector<double>(h));
  for (size_t i = 0; i < h; ++i)
    for (size_t j = 0; j < h; ++j) out[i][j] = products.squared_distance(i, j);
  return out;
}

}  // namespace zenops
