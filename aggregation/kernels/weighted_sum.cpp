#include "aggregation/kernels/weighted_sum.hpp"

#include <cassert>
#include <cmath>
#include <vector>

#include "aggregation/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/weighted_sum.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

#ifndef ZENOPS_WEIGHTED_SUM_ONCE
#define ZENOPS_WEIGHTED_SUM_ONCE
namespace zenops {

struct Term {
  const float* row;
  float weight;
};

}  // namespace zenops
#endif

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

void sum_terms(const Term* terms, size_t n, size_t size, float* HWY_RESTRICT out) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  constexpr size_t ahead = 256;  // floats: hides the memory's latency; past a row's end it does no harm
  size_t i = 0;
  for (; i + 4 * lanes <= size; i += 4 * lanes) {
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    for (size_t k = 0; k < n; ++k) {
      const float* x = terms[k].row + i;
      const auto weight = hn::Set(d, terms[k].weight);
      for (size_t line = 0; line < 4 * lanes; line += 16) hwy::Prefetch(x + line + ahead);
      s0 = fused(d, weight, hn::LoadU(d, x), s0);
      s1 = fused(d, weight, hn::LoadU(d, x + lanes), s1);
      s2 = fused(d, weight, hn::LoadU(d, x + 2 * lanes), s2);
      s3 = fused(d, weight, hn::LoadU(d, x + 3 * lanes), s3);
    }
    hn::StoreU(s0, d, out + i);
    hn::StoreU(s1, d, out + i + lanes);
    hn::StoreU(s2, d, out + i + 2 * lanes);
    hn::StoreU(s3, d, out + i + 3 * lanes);
  }
  for (; i + lanes <= size; i += lanes) {
    auto sum = hn::Zero(d);
    for (size_t k = 0; k < n; ++k)
      sum = fused(d, hn::Set(d, terms[k].weight), hn::LoadU(d, terms[k].row + i), sum);
    hn::StoreU(sum, d, out + i);
  }
  for (; i < size; ++i) {
    float sum = 0;
    for (size_t k = 0; k < n; ++k) sum = std::fma(terms[k].weight, terms[k].row[i], sum);
    out[i] = sum;
  }
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(sum_terms);

void weighted_sum(std::span<const float* const> rows, std::span<const float> weights, size_t size, float* out) {
  assert(rows.size() == weights.size());
  std::vector<Term> terms;
  terms.reserve(rows.size());
  for (size_t k = 0; k < rows.size(); ++k)
    if (rows[k] && weights[k] != 0) terms.push_back({rows[k], weights[k]});
  HWY_DYNAMIC_DISPATCH(sum_terms)(terms.data(), terms.size(), size, out);
}

}  // namespace zenops
#endif
