#include <algorithm>
#include <cmath>

#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// The update if it passes two filters (Damaskinos, El Mhamdi, Guerraoui, Patra, Taziki 2018, Kardam, sections 3.1 and 3.2):
///   Lipschitz  K_p = ‖u − u'‖ / ‖w − w'‖ of its sender is at most the (n − f) / n quantile of everybody's newest;
///   frequency  of 2 f + 1 updates accepted in a row no two are of one sender (the paper: any f senders have f at most).
/// An update whose sender has no K_p, being its first or from the same parameters as the one before, passes only as long as fewer than
/// n − f members have one: somebody must move the model first. The paper's dampening is async.damping. O(d).
class Kardam final : public Rule {
 public:
  explicit Kardam(const Parameters& values) : f_(static_cast<size_t>(values.at("f"))) {}
  Needs needs() const override { return {.norms = true, .rates = true, .bases = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products&) {
      std::vector<double> weights;
      for (const Geometry::Sender& sender : geometry.senders)
        weights.push_back(passes(sender, geometry) ? 1 / static_cast<double>(geometry.rows) : 0);
      return weighted(weights);
    });
  }

 private:
  bool passes(const Geometry::Sender& sender, const Geometry& geometry) const {
    if (sender.accepted_ago < 2 * f_) return false;
    std::vector<double> rates = geometry.rates;
    const size_t n = rates.size();
    if (sender.rate < 0) return n + f_ < geometry.members;
    const size_t place = n > f_ ? n - f_ - 1 : 0;  // of those sorted, the largest that may pass
    std::ranges::nth_element(rates, rates.begin() + static_cast<ptrdiff_t>(place));
    return sender.rate <= rates[place];
  }
  size_t f_;
};

}  // namespace

RuleEntry kardam_entry() {
  return {{.name = "kardam",
           .sentence = "the update if it changes no faster with the parameters than most others', and its sender had no other "
                       "accepted lately",
           .source = "Damaskinos, El Mhamdi, Guerraoui, Patra, Taziki 2018 (Kardam)",
           .parameters = {{.name = "f",
                           .default_value = 1,
                           .min = 0,
                           .max = 100000,
                           .integer = true,
                           .sentence = "how many workers may lie"}}},
          "f < n / 3",
          "in asynchronous training where nobody has samples to judge by and f is known",
          2,
          {.norms = true, .rates = true, .bases = true},
          {},
          [](const Parameters& values) { return std::make_unique<const Kardam>(values); },
          true};
}

}  // namespace zenops
