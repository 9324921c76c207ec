#include "aggregation/liars.hpp"

#include <algorithm>

namespace zenops {

Liars::Liars(const Parameters& values) {
  if (const auto f = values.find("f"); f != values.end()) declared_ = static_cast<size_t>(f->second);
}

Parameter Liars::parameter() {
  return {.name = "f",
          .default_value = 0,
          .min = 0,
          .max = 65535,
          .integer = true,
          .optional = true,
          .sentence = "how many liars to withstand; without it as many as the number of rows allows"};
}

Parameter Liars::checked() {
  Parameter f = parameter();
  f.sentence = "how many liars to withstand: whether so many rows do is checked, and what stands before the rule is told";
  return f;
}

std::optional<size_t> Liars::left(const Geometry& geometry) const {
  if (!declared_) return std::nullopt;
  return *declared_ - std::min(*declared_, geometry.caught);
}

size_t Liars::among(const Geometry& geometry, size_t most) const {
  return std::min(most, left(geometry).value_or(most));
}

std::optional<std::string> too_few_rows(const std::string& rule, const Parameters& values, size_t rows, size_t factor,
                                        size_t more) {
  const auto f = Liars(values).declared();
  const size_t least = factor * f.value_or(0) + more;
  if (rows >= least) return std::nullopt;
  const std::string got = ", got n = " + std::to_string(rows);
  if (!f) return rule + " needs n ≥ " + std::to_string(more) + got;
  return rule + " needs n ≥ " + (factor == 1 ? "" : std::to_string(factor)) + "f + " + std::to_string(more) + " = " +
         std::to_string(least) + got;
}

}  // namespace zenops
