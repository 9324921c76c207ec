#pragma once
#include <cstddef>
#include <span>

namespace zenops {

/// out (size) = Σ_k weights[k] · rows[k], fused, in the rows' order. Rows that are null or weigh nothing are not read.
void weighted_sum(std::span<const float* const> rows, std::span<const float> weights, size_t size, float* out);

}  // namespace zenops
