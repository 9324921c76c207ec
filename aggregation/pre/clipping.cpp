#include "aggregation/pre/scaled.hpp"
#include "aggregation/rule.hpp"

namespace zenops {
namespace {

/// y_k = min(1, c / ‖u_k‖) u_k. O(n d) to measure.
class Clipping final : public PreAggregator {
 public:
  explicit Clipping(const Parameters& values) : radius_(values.at("c")) {}
  Needs needs() const override { return {.norms = true}; }
  Mix decide(const Products& products, const Geometry&) const override {
    return cut_to(radius_, products, [](size_t) { return true; });
  }

 private:
  double radius_;
};

}  // namespace

PreAggregatorEntry clipping_entry() {
  return {{.name = "clipping",
           .sentence = "shortens every row that is longer than c to that length",
           .source = "static clipping, as in ByzFL; Allouah et al. 2025 (ARC), section 3",
           .parameters = {{.name = "c",
                           .default_value = 2,
                           .min = 1e-30,
                           .max = 1e30,
                           .sentence = "the length that no row exceeds"}}},
          "makes long lies short",
          "where it is known how long an honest row is",
          true,
          [](const Parameters&, size_t) { return std::nullopt; },
          [](const Parameters&, size_t rows) { return rows; },
          [](const Parameters& values) { return std::make_unique<const Clipping>(values); }};
}

}  // namespace zenops
