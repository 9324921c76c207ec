#pragma once
#include <cstddef>
#include <span>

namespace zenops {

/// out (size) = per coordinate `step` when more of the rows are above zero there than below, −step when more are below, and
/// 0 when as many are. Zeros, and rows that are null, do not vote. step ≥ 0. One read; O(n size).
void majority(std::span<const float* const> rows, float step, size_t size, float* out);

}  // namespace zenops
