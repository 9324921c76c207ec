#pragma once
#include <span>
#include <vector>

#include "aggregation/geometry.hpp"
#include "base/parameter.hpp"

namespace zenops {

/// How much each row counts in a mean: the same, or as many as the samples behind it. No row counts for more than
/// `count_cap` times the median row: otherwise one count of 1e30, a slip of whoever wrote it or a lie, would own every
/// mean. With the cap f rows hold less than half of all weight whatever the counts say, as long as f < n / (2 (1 +
/// count_cap)): the median row's weight is that of half the rows at least, of which n / 2 − f are honest.
class Shares {
 public:
  /// What `parameters()` describes; without `weighted` among them the rows count by their samples always.
  explicit Shares(const Parameters& values);
  static std::vector<Parameter> parameters(std::vector<Parameter> own);  // a rule's own, and weighted and count_cap
  static Parameter cap();  // count_cap alone, for rules that are weighted always

  /// (rows): 1 for each or, by samples, min(c_k / median of the counts above 0, count_cap). Where no count is known or
  /// none is above 0: 1 for each. O(n).
  std::vector<double> of(const Geometry& geometry) const;

 private:
  bool weighted_;
  double cap_;
};

/// (shares.size()): those of the chosen divided by their sum, 0 for the others. Chosen ones that count for nothing all
/// count the same.
std::vector<double> among(std::span<const size_t> chosen, std::span<const double> shares);

}  // namespace zenops
