#include "aggregation/cuda/mean_plan.hpp"

#include <cassert>
#include <string>

#include "aggregation/cuda/error.hpp"
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

}  // namespace

MeanPlan mean_plan(size_t rows, size_t trim, size_t drop) {
  if (rows > kMostRows)
    throw Error("the card combines at most " + std::to_string(kMostRows) +
                " rows coordinate by coordinate, and there are " + std::to_string(rows) +
                ": leave them to the processor");
  assert(rows > 0 && 2 * trim < rows && drop < rows);
  const Selection chosen = selection(rows, trim, drop);
  const float kept = static_cast<float>(rows - 2 * trim), near = static_cast<float>(rows - drop);
  return {.rows = static_cast<uint32_t>(rows),
          .trim = static_cast<uint32_t>(trim),
          .drop = static_cast<uint32_t>(drop),
          .by_rank = !chosen.order.empty(),
          .kept_weight = 1 / kept,
          .near_weight = 1 / near,
          .ratio = kept / near,
          .kept = picks(chosen.kept),
          .surely_kept = picks(chosen.surely_kept)};
}

}  // namespace zenops::cuda
