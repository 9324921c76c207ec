#include "aggregation/liars.hpp"
#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// Per coordinate, the mean of the n − f values nearest to the median (mean around median: Xie, Koyejo, Gupta 2018,
/// arXiv:1802.10116, Definition 8). One read; O(log² n) compare-exchanges per value.
class MeaMed final : public Rule {
 public:
  explicit MeaMed(const Parameters& values) : liars_(values) {}
  Needs needs() const override { return {}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products&) {
      const size_t n = geometry.rows, f = liars_.among(geometry, (n - 1) / 2);
      return f == 0 ? plain_mean(n) : coordinatewise(n, (n - 1) / 2, f);
    });
  }

 private:
  Liars liars_;
};

}  // namespace

RuleEntry meamed_entry() {
  return {{.name = "meamed",
           .sentence = "per coordinate, the mean of the values nearest to the median",
           .source = "Xie, Koyejo, Gupta 2018 (arXiv:1802.10116), Definition 8",
           .parameters = {Liars::parameter()}},
          "f < n / 2",
          "like phocas, where f is close to n / 2 and the trimmed mean itself would be one of few values",
          1,
          {},
          [](const Parameters& values, size_t rows) { return too_few_rows("meamed", values, rows, 2, 1); },
          [](const Parameters& values) { return std::make_unique<const MeaMed>(values); }};
}

}  // namespace zenops
