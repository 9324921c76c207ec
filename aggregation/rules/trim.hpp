#pragma once
#include <optional>
#include <string>
#include <vector>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "base/parameter.hpp"

namespace zenops {

/// How many values trimmed_mean and phocas distrust in every coordinate: a number of liars, or a share of the rows.
class Trim {
 public:
  /// What `parameters()` describes: trim_ratio, and f, which replaces it when it is given.
  explicit Trim(const Parameters& values);
  static std::vector<Parameter> parameters();
  /// The inequality that `rows` rows violate, in the name of `rule`.
  static std::optional<std::string> objection(const std::string& rule, const Parameters& values, size_t rows);

  std::optional<size_t> liars(const Geometry& geometry) const { return liars_.left(geometry); }
  double ratio() const { return ratio_; }
  /// Whether anything was to be trimmed at all.
  bool wanted(const Geometry& geometry) const { return liars_.declared() ? *liars(geometry) > 0 : ratio_ > 0; }
  /// ⌊ratio · rows⌋, in double as in Zeno-PS's Python.
  size_t share(size_t rows) const { return static_cast<size_t>(ratio_ * static_cast<double>(rows)); }

 private:
  double ratio_;
  Liars liars_;
};

/// The plan of a coordinate-wise rule that should trim `trim` of the n rows from each end and can trim at most (n − 1)
/// / 2. With nothing to trim it is the plain mean; the note says when that, or less than f, is not what was asked for.
Plan trimmed_plan(const Geometry& geometry, Combine combine, const Trim& asked, size_t trim);

}  // namespace zenops
