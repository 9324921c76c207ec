#pragma once
#include <functional>

#include "attacks/attack.hpp"

namespace zenops {

/// What a line search takes: evals, start, delta, ratio.
std::vector<Parameter> line_search_parameters();

/// The best t that a search along a line of lies finds for them, and the lie at it: which of them moves what the rule makes furthest from
/// the honest mean, ‖Agg(x_1 … x_h, f · lie(t)) − mean‖. As ByzFL searches (and before it ByzantineMomentum's line_maximize, whose
/// contraction differs): from t = start, expansion tries t + delta, and while that is better delta doubles; then delta is multiplied by
/// ratio, and contraction tries t + delta and multiplies delta by ratio until all `evals` are spent. It looks to one side of start alone.
///
/// `at` writes the lie of a t. Aggregates `evals` times; needs Sight::rule.
double search_line(const Knowledge& known, const Parameters& parameters, const std::function<void(double t, std::span<float> lie)>& at,
                   std::span<float> lie);

}  // namespace zenops
