#pragma once
#include <vector>

#include "attacks/attack.hpp"

namespace zenops {

/// The line mean − λ p of lies, λ ≥ 0, and how far its points are from the honest rows: ‖mean − λ p − x_i‖² = a_i − 2 λ b_i + λ² c.
struct Line {
  std::vector<float> p;      // (d)
  std::vector<double> a, b;  // (h): ‖mean − x_i‖², ⟨mean − x_i, p⟩
  double c = 0;              // ‖p‖²; 0: the line is the mean alone

  /// The λ ≥ 0 for which the point is within the square `reach` of row i: from, to; from > to: there is none.
  struct Interval {
    double from, to;
  };
  Interval within(size_t i, double reach) const;  // where c > 0
};

/// Parameter `direction`: 0, 1 or 2.
Parameter direction_parameter(double default_value);

/// p by that parameter: the honest mean (0; of any length, since λ makes up for it), its sign (1) or the deviation (2). O(h d).
Line line(const Knowledge& known, const Parameters& parameters);

/// lie = mean − λ p.
void point(const Knowledge& known, const Line& line, double lambda, std::span<float> lie);

/// ‖x_i − x_j‖² for all honest rows, by row: (h, h). O(h² d).
std::vector<std::vector<double>> distances(const Knowledge& known);

}  // namespace zenops
