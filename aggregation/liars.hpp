#pragma once
#include <optional>
#include <string>

#include "aggregation/geometry.hpp"
#include "base/parameter.hpp"

namespace zenops {

/// f, the number of liars that a rule is to withstand.
class Liars {
 public:
  explicit Liars(const Parameters& values);
  static Parameter parameter();
  /// Of a rule that makes the same of its rows whatever f is.
  static Parameter checked();

  std::optional<size_t> declared() const { return declared_; }
  /// Of the declared ones, those who were not caught.
  std::optional<size_t> left(const Geometry& geometry) const;
  /// How many may be among the rows of `geometry`: those that were caught are not, and never more than `most`, which is
  /// what it is when none was declared.
  size_t among(const Geometry& geometry, size_t most) const;

 private:
  std::optional<size_t> declared_;
};

/// The largest f < n / 2; 0 of no rows.
constexpr size_t largest_minority(size_t rows) { return rows == 0 ? 0 : (rows - 1) / 2; }

/// "krum needs n ≥ 2f + 3 = 11, got n = 9" when `rows` is below factor · f + more for the declared f; without one, when
/// it is below `more`.
std::optional<std::string> too_few_rows(const std::string& rule, const Parameters& values, size_t rows, size_t factor,
                                        size_t more);

}  // namespace zenops
