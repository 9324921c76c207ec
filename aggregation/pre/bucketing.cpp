#include <algorithm>

#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "base/philox.hpp"

namespace zenops {
namespace {

/// Rows per bucket: s, or as many as leave the liars a minority of the buckets, ⌊n / 2f⌋, or 2 when nobody said how
/// many there are.
size_t bucket_size(const Parameters& values, size_t rows) {
  if (const auto s = values.find("s"); s != values.end()) return static_cast<size_t>(s->second);
  const auto f = Liars(values).declared();
  return !f ? 2 : *f == 0 ? std::max<size_t>(rows, 1) : std::max<size_t>(rows / (2 * *f), 1);
}

/// The rows are shuffled and put into ⌈n / s⌉ buckets of s; y_b = the mean of bucket b, the last of which may hold
/// fewer (Karimireddy, He, Jaggi 2022, Algorithm 1). One read when the rule after it needs no other.
class Bucketing final : public PreAggregator {
 public:
  explicit Bucketing(Parameters values) : values_(std::move(values)) {}
  Needs needs() const override { return {}; }
  Mix decide(const Products&, const Geometry& geometry) const override {
    const size_t n = geometry.rows, s = bucket_size(values_, n);
    std::vector<uint32_t> order(n);
    for (uint32_t k = 0; k < n; ++k) order[k] = k;
    Stream stream({.seed = geometry.draw, .role = Role::validator, .purpose = Purpose::partition});
    for (size_t k = n; k > 1; --k) std::swap(order[k - 1], order[stream.below(static_cast<uint32_t>(k))]);
    Mix mix;
    for (size_t first = 0; first < n; first += s) {
      const size_t size = std::min(s, n - first);
      std::sort(order.begin() + static_cast<ptrdiff_t>(first), order.begin() + static_cast<ptrdiff_t>(first + size));
      auto& bucket = mix.emplace_back();
      for (size_t k = first; k < first + size; ++k) bucket.push_back({order[k], 1 / static_cast<float>(size)});
    }
    return mix;
  }

 private:
  Parameters values_;
};

}  // namespace

PreAggregatorEntry bucketing_entry() {
  return {{.name = "bucketing",
           .sentence = "replaces the rows by the means of random buckets of them",
           .source = "Karimireddy, He, Jaggi 2022 (Byzantine-Robust Learning on Heterogeneous Datasets via Bucketing), "
                     "Algorithm 1",
           .parameters = {{.name = "s",
                           .default_value = 1,
                           .min = 1,
                           .max = 65535,
                           .integer = true,
                           .optional = true,
                           .sentence = "rows in a bucket; without it ⌊n / 2f⌋, or 2 where f is not given"},
                          Liars::parameter()}},
          "f liars spoil at most f of the ⌈n / s⌉ buckets",
          "where workers' data differ and n is many times f: less work than nnm, and none where the rule needs no table",
          false,
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters& values, size_t rows) {
            const size_t s = bucket_size(values, rows);
            return (rows + s - 1) / s;
          },
          [](const Parameters& values) { return std::make_unique<const Bucketing>(values); }};
}

}  // namespace zenops
