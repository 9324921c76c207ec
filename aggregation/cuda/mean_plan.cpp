#include "aggregation/cuda/mean_plan.hpp"

#include <cassert>

#include "aggregation/cuda/many.hpp"
#include "aggregation/kernels/selection.hpp"

namespace zenops::cuda {
namespace {

/// Wires are places in the column: of both halves, one after the other, each in order.
Picks picks(const std::vector<Kept>& values) {
  Picks out{};
  for (const Kept& candidates : values)
    for (size_t k = 0; k < candidates.size(); ++k) {
      const auto& [wire, other] = candidates[k];
      assert(out.count < kMostRows && wire < kMostRows);
      out.picks[out.count++] = {.wire = static_cast<uint8_t>(wire),
                                .other = static_cast<uint8_t>(other.value_or(wire)),
                                .last = k + 1 == candidates.size(),
                                .unused = 0};
    }
  return out;
}

MeanShape shape_of(const Selection& chosen) {
  const size_t rows = chosen.rows, trim = chosen.trim, drop = chosen.drop;
  const float kept = static_cast<float>(rows - 2 * trim), near = static_cast<float>(rows - drop);
  return {.rows = static_cast<uint32_t>(rows),
          .trim = static_cast<uint32_t>(trim),
          .drop = static_cast<uint32_t>(drop),
          .by_rank = !chosen.order.empty(),
          .kept_weight = 1 / kept,
          .near_weight = 1 / near,
          .ratio = kept / near};
}

}  // namespace

MeanShape mean_shape(size_t rows, size_t trim, size_t drop) {
  assert(rows > 0 && rows <= kManyRows && 2 * trim < rows && drop < rows);
  return shape_of(selection(rows, trim, drop));
}

MeanPlan mean_plan(size_t rows, size_t trim, size_t drop) {
  assert(rows > 0 && rows <= kMostRows && 2 * trim < rows && drop < rows);
  const Selection chosen = selection(rows, trim, drop);
  return {shape_of(chosen), picks(chosen.kept), picks(chosen.surely_kept)};
}

}  // namespace zenops::cuda
