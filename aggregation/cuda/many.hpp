#pragma once
#include "aggregation/cuda/column.hpp"

/// Means of more rows than one thread has registers for. Eight threads, here helpers, share a column, which lies in
/// shared memory: each sorts a run of it in registers, four runs of each half; then runs are merged, each helper
/// writing its own part of what comes out, until both halves are in order or, where a mean goes by rank, all of it.
/// What is added, and in which order, is again what kernels/selection.hpp says, by the formula instead of a list.
namespace zenops::cuda {

inline constexpr uint32_t kManyRows = 512, kHelpers = 8, kRuns = kHelpers / 2, kMostOfARun = kManyRows / kHelpers;

/// Of one half of a column and one of its helpers: values [begin, end) of the column, in the column.
struct Share {
  uint32_t begin, end;
  ZENOPS_BOTH uint32_t count() const { return end - begin; }
};

/// The run that a helper sorts.
ZENOPS_BOTH Share run_of(uint32_t rows, uint32_t helper) {
  const uint32_t p = (rows + 1) / 2, length = (p + kRuns - 1) / kRuns;
  const uint32_t first = helper < kRuns ? 0 : p, end = helper < kRuns ? p : rows;
  const uint32_t begin = first + helper % kRuns * length;
  return {begin < end ? begin : end, begin + length < end ? begin + length : end};
}

/// Two lists in order, side by side, that several helpers merge: [begin, middle) and [middle, end).
struct Merge {
  uint32_t begin, middle, end;
};

/// Those of which a helper's run is one, once lists of `runs` runs (1, 2 or 4, which is the halves) are in order.
ZENOPS_BOTH Merge merge_of(uint32_t rows, uint32_t helper, uint32_t runs) {
  const uint32_t first = helper / (2 * runs) * 2 * runs;
  return {run_of(rows, first).begin, run_of(rows, first + runs).begin, run_of(rows, first + 2 * runs - 1).end};
}

/// v = a helper's part of what merging gives; where it belongs.
template <size_t wires>
ZENOPS_BOTH Share merge_part(Column column, uint32_t rows, uint32_t helper, uint32_t runs, float (&v)[wires]) {
  const Merge merge = merge_of(rows, helper, runs);
  const uint32_t together = 2 * runs, all = merge.end - merge.begin, each = (all + together - 1) / together;
  const uint32_t from = helper % together * each < all ? helper % together * each : all;
  const uint32_t to = from + each < all ? from + each : all;
  const Column lists{column.values + merge.begin * column.stride, column.stride};
  const uint32_t p = merge.middle - merge.begin, q = merge.end - merge.middle, first = of_the_first(lists, p, q, from);
  Merging merging(lists, p, q, first, from - first);
#ifdef __CUDA_ARCH__
#pragma unroll
#endif
  for (uint32_t k = 0; k < wires; ++k)
    if (k < to - from) v[k] = merging.next();
  return {merge.begin + from, merge.begin + to};
}

template <size_t wires>
ZENOPS_BOTH void put_part(const float (&v)[wires], Share share, Column column) {
#ifdef __CUDA_ARCH__
#pragma unroll
#endif
  for (uint32_t k = 0; k < wires; ++k)
    if (k < share.count()) column[share.begin + k] = v[k];
}

namespace detail {

/// As kernels/selection.cpp lists them: value i of those that a mean trimmed by `trim` chooses from.
ZENOPS_BOTH float candidate(Column column, uint32_t p, uint32_t q, uint32_t trim, uint32_t i) {
  const uint32_t alone = q - trim;
  if (i < alone) return column[p + q - 1 - i];
  const uint32_t k = i - alone;
  return k < trim ? larger(column[k], column[p + trim - 1 - k]) : column[k];
}

struct Chosen {
  const MeanShape& plan;
  Column column;
  ZENOPS_BOTH float add(bool deepest, float weight, float sum) const {
    if (deepest && plan.drop == plan.trim) return sum;
    const uint32_t trim = deepest ? plan.drop : plan.trim, n = plan.rows, p = (n + 1) / 2, width = n - 2 * trim;
    for (uint32_t c = 0; c < width; ++c) {
      float kept = INFINITY;
      for (uint32_t i = c; i < n - trim; i += width) kept = smaller(kept, candidate(column, p, n - p, trim, i));
      sum = fused(kept, weight, sum);
    }
    return sum;
  }
};

}  // namespace detail

/// The mean, of a column in order: its halves or, by rank, all of it. No value is NaN; −0 is +0.
ZENOPS_BOTH float mean_of_many(const MeanShape& plan, Column column) {
  return (plan.by_rank ? detail::mean_of_ordered(plan, column)
                       : detail::mean_of_halves(plan, column, detail::Chosen{plan, column})) +
         0.0f;
}

}  // namespace zenops::cuda
