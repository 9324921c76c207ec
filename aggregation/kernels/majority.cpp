#include "aggregation/kernels/majority.hpp"

#include <algorithm>
#include <vector>

#include "aggregation/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/majority.cpp"
#include "hwy/foreach_target.h"
//
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::ScalableTag<float>;

/// The votes of `vectors` vectors from element i on, counted in floats: exact, as there are fewer rows than 2^24.
template <size_t vectors>
HWY_INLINE void vote(const float* const* rows, size_t n, float step, size_t i, float* HWY_RESTRICT out) {
  const Lanes d;
  constexpr size_t ahead = 256;  // floats: hides the memory's latency; past a row's end it does no harm
  const auto zero = hn::Zero(d), one = hn::Set(d, 1.0f);
  hn::Vec<Lanes> votes[vectors];
  for (size_t v = 0; v < vectors; ++v) votes[v] = zero;
  for (size_t k = 0; k < n; ++k)
    for (size_t v = 0; v < vectors; ++v) {
      const float* at = rows[k] + i + v * hn::Lanes(d);
      hwy::Prefetch(at + ahead);
      const auto x = hn::LoadU(d, at);
      votes[v] = hn::Add(votes[v], hn::IfThenElseZero(hn::Gt(x, zero), one));
      votes[v] = hn::Sub(votes[v], hn::IfThenElseZero(hn::Lt(x, zero), one));
    }
  const auto up = hn::Set(d, step), down = hn::Set(d, -step);
  for (size_t v = 0; v < vectors; ++v) {
    const auto raised = hn::IfThenElseZero(hn::Gt(votes[v], zero), up);
    hn::StoreU(hn::IfThenElse(hn::Lt(votes[v], zero), down, raised), d, out + i + v * hn::Lanes(d));
  }
}

void count_votes(const float* const* rows, size_t n, float step, size_t size, float* HWY_RESTRICT out) {
  const size_t lanes = hn::Lanes(Lanes());
  size_t i = 0;
  for (; i + 4 * lanes <= size; i += 4 * lanes) vote<4>(rows, n, step, i, out);
  for (; i + lanes <= size; i += lanes) vote<1>(rows, n, step, i, out);
  for (; i < size; ++i) {
    int64_t votes = 0;
    for (size_t k = 0; k < n; ++k) votes += (rows[k][i] > 0) - (rows[k][i] < 0);
    out[i] = votes > 0 ? step : votes < 0 ? -step : 0;
  }
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(count_votes);

void majority(std::span<const float* const> rows, float step, size_t size, float* out) {
  std::vector<const float*> voters;
  std::ranges::copy_if(rows, std::back_inserter(voters), [](const float* row) { return row != nullptr; });
  HWY_DYNAMIC_DISPATCH(count_votes)(voters.data(), voters.size(), step, size, out);
}

}  // namespace zenops
#endif
