#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// Every update, as it comes. O(d).
class NaiveAsync final : public Rule {
 public:
  explicit NaiveAsync(bool toward) : toward_(toward) {}
  Needs needs() const override { return {.bases = toward_}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products&) {
      BlockPlan plan = plain_mean(geometry.rows);
      plan.toward = toward_;
      return plan;
    });
  }

 private:
  bool toward_;
};

std::unique_ptr<const Rule> make(bool toward) { return std::make_unique<const NaiveAsync>(toward); }

}  // namespace

RuleEntry naive_async_entry() {
  return {{.name = "naive_async",
           .sentence = "every update as it comes: w + α u",
           .source = "Zeno-PS NaiveAsyncValidator",
           .parameters = {}},
          "no liar",
          "in asynchronous training where nobody lies",
          1,
          {},
          {},
          [](const Parameters&) { return make(false); },
          true};
}

RuleEntry fed_async_entry() {
  return {{.name = "fed_async",
           .sentence = "the parameters mixed with the worker's own: (1 − α) w + α (w' + u), where u began from w'",
           .source = "Xie, Koyejo, Gupta 2019 (FedAsync), Algorithm 1; its α s(t − τ) is async.damping",
           .parameters = {}},
          "no liar",
          "in asynchronous training where nobody lies and workers go far from where they began",
          1,
          {.bases = true},
          {},
          [](const Parameters&) { return make(true); },
          true};
}

}  // namespace zenops
