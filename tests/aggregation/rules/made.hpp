#pragma once
#include <gtest/gtest.h>

#include "aggregation/aggregate.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {

/// What the rule makes of the rows, with its defaults except for what is given.
inline Aggregate made(const std::string& name, const std::vector<std::vector<float>>& rows, const Parameters& given = {},
                      const AggregateOptions& options = {}) {
  const Rules rules = Rules::standard();
  const std::vector<std::span<const float>> spans(rows.begin(), rows.end());
  auto result = aggregate(rules, {{.name = name, .parameters = given}}, spans, options);
  EXPECT_TRUE(result) << name << ": " << (result ? "" : result.error().what);
  return result ? *result : Aggregate{};
}

/// n − f rows around `direction`, and f liars behind them.
inline std::vector<std::vector<float>> among_liars(std::mt19937& random, size_t n, size_t f, const std::vector<float>& direction,
                                                   const std::vector<float>& lie) {
  auto rows = normal_rows(random, n - f, direction.size()).rows;
  for (auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) row[i] = direction[i] + 0.3f * row[i];
  rows.insert(rows.end(), f, lie);
  return rows;
}

/// The mean of the first `count` rows.
inline std::vector<float> mean_of_first(const std::vector<std::vector<float>>& rows, size_t count) {
  std::vector<double> sum(rows[0].size());
  for (size_t k = 0; k < count; ++k)
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += rows[k][i] / static_cast<double>(count);
  return {sum.begin(), sum.end()};
}

}  // namespace zenops
