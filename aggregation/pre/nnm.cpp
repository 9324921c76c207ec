#include <algorithm>

#include "aggregation/liars.hpp"
#include "aggregation/mix.hpp"
#include "aggregation/rule.hpp"

namespace zenops {
namespace {

/// y_i = the mean of the n − f rows nearest to u_i, itself included (nearest neighbour mixing: Allouah et al. 2023,
/// Algorithm 2). Decided from the distances: nothing n × d is made. O(n² d).
class Nnm final : public PreAggregator {
 public:
  explicit Nnm(const Parameters& values) : liars_(values) {}
  Needs needs() const override { return {.table = true}; }
  Mix decide(const Products& products, const Geometry& geometry) const override {
    const size_t n = products.rows(), near = n - liars_.among(geometry, n == 0 ? 0 : (n - 1) / 2);
    Mix mix(n);
    std::vector<uint32_t> order(n);
    for (uint32_t i = 0; i < n; ++i) {
      for (uint32_t k = 0; k < n; ++k) order[k] = k;
      std::swap(order[0], order[i]);  // itself first among those at no distance
      std::ranges::stable_sort(order, {}, [&](uint32_t k) { return products.squared_distance(i, k); });
      std::sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(near));
      for (size_t k = 0; k < near; ++k) mix[i].push_back({order[k], 1 / static_cast<float>(near)});
    }
    return mix;
  }

 private:
  Liars liars_;
};

}  // namespace

PreAggregatorEntry nnm_entry() {
  return {{.name = "nnm",
           .sentence = "replaces each row by the mean of its n − f nearest, itself included",
           .source = "Allouah, Farhadkhani, Guerraoui, Gupta, Pinot, Stephan 2023 (NNM), Algorithm 2",
           .parameters = {Liars::parameter()}},
          "f < n / 2",
          "where workers' data differ: the rule after it sees rows that are much alike",
          false,
          [](const Parameters& values, size_t rows) { return too_few_rows("nnm", values, rows, 2, 1); },
          [](const Parameters&, size_t rows) { return rows; },
          [](const Parameters& values) { return std::make_unique<const Nnm>(values); }};
}

}  // namespace zenops
