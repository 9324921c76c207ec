#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "aggregation/cuda/both.hpp"
#include "aggregation/network.hpp"

/// What a thread does with the values that all rows have at one coordinate. kernels/selection.hpp says which values
/// count and in which order they are added, here as on the processor, so that both give the same bits; how the values
/// are brought in order makes no difference to them.
///
/// The two halves of a column are sorted in registers, one after the other, by the networks of network.hpp, and put in
/// order into the thread's own part of shared memory: from there any of them can be had at run time, so that there is
/// one kernel for all trims where registers alone would take one for each. The rest is merging two lists in order.
///
/// A column in which there is a NaN gives NaN, for an exchange with NaN gives NaN twice, and a network that sorts leads
/// every value to every rank: a half that has one is nothing else. Rows that come through the door have none.
namespace zenops::cuda {

/// The most rows of which a thread has half in registers, and wires of a network; of more, see many.hpp.
inline constexpr uint32_t kMostRows = 128, kMostWires = kMostRows / 2;

/// NaN if one of the two is.
ZENOPS_BOTH float smaller(float a, float b) {
#ifdef __CUDA_ARCH__
  float out;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(out) : "f"(a), "f"(b));
  return out;
#else
  return a != a ? a : b != b ? b : b < a ? b : a;
#endif
}
ZENOPS_BOTH float larger(float a, float b) {
#ifdef __CUDA_ARCH__
  float out;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(out) : "f"(a), "f"(b));
  return out;
#else
  return a != a ? a : b != b ? b : a < b ? b : a;
#endif
}
ZENOPS_BOTH float fused(float a, float b, float c) {
#ifdef __CUDA_ARCH__
  return __fmaf_rn(a, b, c);
#else
  return std::fma(a, b, c);
#endif
}
/// Of two competitors the one that is nearer to the centre, of equally near ones the smaller.
ZENOPS_BOTH float nearer(float left, float right, float centre) {
  return centre - left > right - centre ? right : left;
}

/// The values of one coordinate: (n), `stride` apart.
struct Column {
  float* values;
  uint32_t stride;
  ZENOPS_BOTH float& operator[](uint32_t k) const { return values[k * stride]; }
};

namespace detail {

template <uint32_t low, uint32_t high, size_t wires>
ZENOPS_BOTH void exchange(float (&v)[wires]) {
  const float smallest = smaller(v[low], v[high]);
  v[high] = larger(v[low], v[high]);
  v[low] = smallest;
}

template <size_t wires, size_t... e>
ZENOPS_BOTH void exchange_all(float (&v)[wires], std::index_sequence<e...>) {
  (exchange<leaf_network<Leaf::sort, wires>.first[e].low, leaf_network<Leaf::sort, wires>.first[e].high>(v), ...);
}

template <uint32_t wire, size_t wires>
ZENOPS_BOTH void put(const float (&v)[wires], uint32_t rank, uint32_t count, Column to) {
  if (rank < count) to[rank] = v[wire];
}

template <size_t wires, size_t... r>
ZENOPS_BOTH void put_all(const float (&v)[wires], uint32_t count, Column to, std::index_sequence<r...>) {
  (put<leaf_network<Leaf::sort, wires>.second[r]>(v, r, count, to), ...);
}

}  // namespace detail

/// to (count) = the `count` lowest of v, in order; v is changed.
template <size_t wires>
ZENOPS_BOTH void put_in_order(float (&v)[wires], uint32_t count, Column to) {
  detail::exchange_all(v, std::make_index_sequence<leaf_size(Leaf::sort, wires)>());
  detail::put_all(v, count, to, std::make_index_sequence<wires>());
}

/// One of the values among which a mean keeps the smallest: the larger of two that are in the column, or one alone,
/// then named twice. `last` of the candidates for one value.
struct Pick {
  uint8_t wire, other, last, unused;
};

/// The candidates for all that a mean keeps.
struct Picks {
  uint32_t count;
  Pick picks[kMostRows];
};

/// What a mean is of, whatever way it is found.
struct MeanShape {
  uint32_t rows, trim, drop;
  bool by_rank;  // all values are brought in order
  float kept_weight, near_weight, ratio;
};

/// A Selection as a kernel takes it.
struct MeanPlan : MeanShape {
  Picks kept, surely_kept;  // not used by rank
};

/// Two lists in order as one, from the lowest on. Requires that something is left.
class Merging {
 public:
  /// Lists of p and q values, which begin at 0 and at p, from the i-th and the j-th on.
  ZENOPS_BOTH Merging(Column column, uint32_t p, uint32_t q, uint32_t i, uint32_t j)
      : column_(column), i_(i), j_(p + j), p_(p), end_(p + q) {
    load();
  }
  ZENOPS_BOTH float next() {
    const bool left = j_ == end_ || (i_ < p_ && !(b_ < a_));
    const float out = left ? a_ : b_;
    i_ += left;
    j_ += !left;
    load();
    return out;
  }

 private:
  ZENOPS_BOTH void load() {
    if (i_ < p_) a_ = column_[i_];
    if (j_ < end_) b_ = column_[j_];
  }
  Column column_;
  uint32_t i_, j_, p_, end_;
  float a_ = 0, b_ = 0;
};

/// How many of the `count` lowest of two lists in order, as Merging has them, are of the first. O(log count).
ZENOPS_BOTH uint32_t of_the_first(Column column, uint32_t p, uint32_t q, uint32_t count) {
  uint32_t least = count > q ? count - q : 0, most = count < p ? count : p;
  while (least < most) {
    const uint32_t middle = (least + most) / 2;
    if (column[p + count - 1 - middle] < column[middle])
      most = middle;
    else
      least = middle + 1;
  }
  return least;
}

namespace detail {

/// sum + weight × each value that is picked.
ZENOPS_BOTH float add_picked(Column column, const Picks& picks, float weight, float sum) {
  float kept = INFINITY;
  for (uint32_t k = 0; k < picks.count; ++k) {
    const Pick pick = picks.picks[k];
    float x = column[pick.wire];
    if (pick.other != pick.wire) x = larger(x, column[pick.other]);
    kept = smaller(kept, x);
    if (!pick.last) continue;
    sum = fused(kept, weight, sum);
    kept = INFINITY;
  }
  return sum;
}

/// Whether one of the two halves has a NaN, and so no other value.
ZENOPS_BOTH bool has_nan(Column column, uint32_t p) {
  const float a = column[0], b = column[p];
  return a != a || b != b;
}

/// Where more than half is dropped, of all values in order.
ZENOPS_BOTH float mean_of_ordered(const MeanShape& plan, Column ordered) {
  const uint32_t n = plan.rows, near = n - plan.drop;
  float centre = 0, mean = 0;
  for (uint32_t r = plan.trim; r < n - plan.trim; ++r) centre = fused(ordered[r], plan.kept_weight, centre);
  for (uint32_t r = 0; r < near; ++r) {
    float value = ordered[r];
    for (uint32_t left = r; left < plan.drop; left += near) value = nearer(value, ordered[left + near], centre);
    mean = fused(value, plan.near_weight, mean);
  }
  return mean;
}

/// Of two halves in order. kept(deepest, weight, sum): sum + weight × each value that a mean trimmed by `trim` keeps
/// or, with `deepest`, by `drop`.
template <class Kept>
ZENOPS_BOTH float mean_of_halves(const MeanShape& plan, Column column, const Kept& kept) {
  const uint32_t n = plan.rows, p = (n + 1) / 2, q = n - p;
  const float centre = kept.add(false, plan.kept_weight, 0);
  if (plan.drop == 0) return centre;
  float mean = kept.add(true, plan.near_weight, plan.drop == plan.trim ? centre * plan.ratio : 0);
  const uint32_t first = of_the_first(column, p, q, n - plan.drop);
  Merging lowest(column, p, q, 0, 0), highest(column, p, q, first, n - plan.drop - first);
  for (uint32_t r = 0; r < plan.drop; ++r) {
    const float left = lowest.next();
    mean = fused(nearer(left, highest.next(), centre), plan.near_weight, mean);
  }
  return mean;
}

struct Picked {
  const MeanPlan& plan;
  Column column;
  ZENOPS_BOTH float add(bool deepest, float weight, float sum) const {
    return add_picked(column, deepest ? plan.surely_kept : plan.kept, weight, sum);
  }
};

}  // namespace detail

/// The mean that the plan is for, of a column whose two halves are in order; −0 is +0. `ordered` has room for all
/// values and is used by rank only.
ZENOPS_BOTH float mean_of(const MeanPlan& plan, Column column, Column ordered) {
  const uint32_t n = plan.rows, p = (n + 1) / 2;
  if (plan.drop > 0 && detail::has_nan(column, p)) return NAN;
  if (!plan.by_rank) return detail::mean_of_halves(plan, column, detail::Picked{plan, column}) + 0.0f;
  Merging all(column, p, n - p, 0, 0);
  for (uint32_t r = 0; r < n; ++r) ordered[r] = all.next();
  return detail::mean_of_ordered(plan, ordered) + 0.0f;
}

}  // namespace zenops::cuda
