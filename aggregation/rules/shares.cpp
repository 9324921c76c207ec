#include "aggregation/rules/shares.hpp"

#include <algorithm>
#include <limits>

namespace zenops {

Shares::Shares(const Parameters& values) : cap_(values.at("count_cap")) {
  const auto weighted = values.find("weighted");
  weighted_ = weighted == values.end() || weighted->second != 0;
}

Parameter Shares::cap() {
  return {.name = "count_cap",
          .default_value = 4,
          .min = 1,
          .max = 1e6,
          .sentence = "no row counts for more samples than so many times the median row"};
}

std::vector<Parameter> Shares::parameters(std::vector<Parameter> own) {
  own.push_back({.name = "weighted",
                 .default_value = 0,
                 .min = 0,
                 .max = 1,
                 .integer = true,
                 .sentence = "1: a row counts by the samples behind it; f liars may then hold as much as count_cap · f median rows, and "
                             "surely less than half only while f < n / (2 (1 + count_cap)); 0: all rows count the same"});
  own.push_back(cap());
  return own;
}

std::vector<double> Shares::of(const Geometry& geometry) const {
  std::vector<double> shares(geometry.rows, 1.0);
  if (!weighted_ || geometry.counts.empty()) return shares;
  // A count that is no number is not above 0; an infinite one over an infinite median would be none.
  const auto finite = [](double count) { return std::min(count, std::numeric_limits<double>::max()); };
  std::vector<double> known;
  for (const double count : geometry.counts)
    if (count > 0) known.push_back(finite(count));
  if (known.empty()) return shares;
  const auto middle = known.begin() + static_cast<ptrdiff_t>((known.size() - 1) / 2);
  std::ranges::nth_element(known, middle);
  for (size_t k = 0; k < shares.size(); ++k)
    shares[k] = geometry.counts[k] > 0 ? std::min(finite(geometry.counts[k]) / *middle, cap_) : 0;
  return shares;
}

std::vector<double> among(std::span<const size_t> chosen, std::span<const double> shares) {
  double sum = 0;
  for (const size_t k : chosen) sum += shares[k];
  std::vector<double> weights(shares.size());
  for (const size_t k : chosen) weights[k] = sum > 0 ? shares[k] / sum : 1 / static_cast<double>(chosen.size());
  return weights;
}

}  // namespace zenops
