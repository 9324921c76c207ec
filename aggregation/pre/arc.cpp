#include <algorithm>

#include "aggregation/liars.hpp"
#include "aggregation/pre/scaled.hpp"
#include "aggregation/rule.hpp"

namespace zenops {
namespace {

/// The k = ⌊2 (f / n) (n − f)⌋ longest rows are shortened to the length of the next (adaptive robust clipping: Allouah,
/// Guerraoui, Gupta, Jellouli, Rizk, Stephan 2025, arXiv:2405.14432, Algorithm 2). O(n d) to measure.
class Arc final : public PreAggregator {
 public:
  explicit Arc(const Parameters& values) : liars_(values) {}
  Needs needs() const override { return {.norms = true}; }
  Mix decide(const Products& products, const Geometry& geometry) const override {
    const size_t n = products.rows(), f = liars_.among(geometry, n == 0 ? 0 : (n - 1) / 2);
    const size_t k = n == 0 ? 0 : 2 * f * (n - f) / n;
    if (k == 0) return cut_to(0, products, [](size_t) { return false; });
    std::vector<double> norms = products.squared_norms;
    std::ranges::sort(norms);
    return cut_to(std::sqrt(norms[n - k - 1]), products, [](size_t) { return true; });
  }

 private:
  Liars liars_;
};

}  // namespace

PreAggregatorEntry arc_entry() {
  return {{.name = "arc",
           .sentence = "shortens the ⌊2 f (n − f) / n⌋ longest rows to the length of the next",
           .source = "Allouah, Guerraoui, Gupta, Jellouli, Rizk, Stephan 2025 (arXiv:2405.14432), Algorithm 2",
           .parameters = {Liars::parameter()}},
          "f < n / 2",
          "where f is known and it is not known how long an honest row is",
          true,
          [](const Parameters& values, size_t rows) { return too_few_rows("arc", values, rows, 2, 1); },
          [](const Parameters&, size_t rows) { return rows; },
          [](const Parameters& values) { return std::make_unique<const Arc>(values); }};
}

}  // namespace zenops
