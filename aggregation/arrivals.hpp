#pragma once
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "aggregation/geometry.hpp"

namespace zenops {

/// The points of one segment, in the order in which they came, and what is known of those that were measured: so that
/// the last one is followed by its own share of the table only. What is known does not depend on how they were taken
/// together.
struct Arrivals {
  std::vector<const float*> points = {};   // null: a row of zeros
  std::vector<double> squared_norms = {};  // of those that were measured
  std::vector<double> distances = {};      // lower triangle of the same: ‖u_i − u_j‖²
  size_t measured() const { return squared_norms.size(); }
};

/// Measures the points that have come since, each beside all before it; points are to `size` finite floats. Reads all
/// points once, so ten at a time take hardly longer than all at once. O(new points · points · size).
void measure_arrivals(Arrivals& arrivals, size_t size);

/// The inner products of rows, none of which is null, with another one.
using DotsOf = std::function<std::vector<double>(std::span<const float* const> rows, const float* with)>;

/// What measure() with a table gives of these rows, to the bit. rows, trusted: which of the points, all of which were
/// measured. Reads the rows again, by dots_of, only where some are very much longer than others.
Products arranged(const Arrivals& arrivals, std::span<const size_t> rows, std::optional<size_t> trusted,
                  const DotsOf& dots_of);
/// The same of points of the processor's memory, to `size` floats each.
Products arranged(const Arrivals& arrivals, std::span<const size_t> rows, std::optional<size_t> trusted, size_t size);

/// All points of which a table was made at once: the rows, and after them the trusted one if there is one.
Products arranged(const Arrivals& arrivals, bool trusted, const DotsOf& dots_of);

/// Whether the float squares of so many numbers, whose sum this is, neither overflowed nor lost their digits to
/// underflow.
bool well_scaled(double sum_of_squares, size_t size);

}  // namespace zenops
