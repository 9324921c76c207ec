#include <algorithm>
#include <cmath>

#include "aggregation/rule.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// With v the trusted row and c = min(1, ‖v‖ / ‖u‖): c u if cos(u, v) ≥ η, else cos(u, v) c u, which turns it round (Zeno-PS's
/// ZenoppValidator, whose ρ enters no formula). Where u or v is zero there is no direction to judge by, and nothing is added: Zeno-PS
/// divides 0 by 0 there. O(d).
class Zenopp final : public Rule {
 public:
  explicit Zenopp(const Parameters& values) : eta_(values.at("eta")) {}
  Needs needs() const override { return {.trusted = Trust::validator}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      BlockPlan plan;
      const double trusted = std::sqrt(products.trusted_squared_norm);
      for (size_t k = 0; k < products.rows(); ++k) {
        const double length = std::sqrt(products.squared_norms[k]);
        const bool directed = length > 0 && trusted > 0;
        const double clip = directed ? std::min(1.0, trusted / length) : 0;
        const double cosine = directed ? std::clamp(products.dots[k] / length / trusted, -1.0, 1.0) : 0;
        const bool accepted = directed && cosine >= eta_;
        plan.verdicts.push_back(accepted ? Verdict::accepted : Verdict::opposes);
        plan.weights.push_back(static_cast<float>(accepted ? clip : clip * cosine));
      }
      return plan;
    });
  }

 private:
  double eta_;
};

/// u cut or stretched to ‖v‖, v being the trusted row, if ⟨u, v⟩ − ρ ‖u‖² + ε ≥ 0, with u as it then is; else nothing (Xie, Koyejo, Gupta
/// 2020, Zeno++, Definition 2). There u and v are gradients; here they are steps, −γ times those: ρ is the paper's over γ, ε the
/// paper's times γ². O(d).
class ZenoppPaper final : public Rule {
 public:
  explicit ZenoppPaper(const Parameters& values) : rho_(values.at("rho")), epsilon_(values.at("epsilon")) {}
  Needs needs() const override { return {.trusted = Trust::validator}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      BlockPlan plan;
      const double trusted = std::sqrt(products.trusted_squared_norm);
      for (size_t k = 0; k < products.rows(); ++k) {
        const double length = std::sqrt(products.squared_norms[k]);
        const double scale = length > 0 && trusted > 0 ? trusted / length : 0;
        const bool accepted = scale > 0 && products.dots[k] * scale - rho_ * products.trusted_squared_norm + epsilon_ >= 0;
        plan.verdicts.push_back(accepted ? Verdict::accepted : Verdict::opposes);
        plan.weights.push_back(static_cast<float>(accepted ? scale : 0));
      }
      return plan;
    });
  }

 private:
  double rho_, epsilon_;
};

}  // namespace

RuleEntry zenopp_entry() {
  return {{.name = "zenopp",
           .sentence = "the update, cut to the trusted row's length; one that opposes it is turned round and shrunk",
           .source = "Zeno-PS ZenoppValidator; after Xie, Koyejo, Gupta 2020 (Zeno++)",
           .parameters = {{.name = "eta",
                           .default_value = -0.02,
                           .min = -1,
                           .max = 1,
                           .sentence = "an update is taken as it is if its cosine with the trusted row is eta or more"}}},
          "any f < n, as long as the trusted row is honest",
          "in asynchronous training where the server has samples of its own",
          2,
          {.trusted = Trust::validator},
          {},
          [](const Parameters& values) { return std::make_unique<const Zenopp>(values); },
          true};
}

RuleEntry zenopp_paper_entry() {
  return {{.name = "zenopp_paper",
           .sentence = "the update in the trusted row's length, if it agrees with it well enough; else nothing",
           .source = "Xie, Koyejo, Gupta 2020 (Zeno++), Definition 2",
           .parameters = {{.name = "rho",
                           .default_value = 0.01,
                           .min = 0,
                           .max = 1e6,
                           .sentence = "the paper's rho over the learning rate: what agreement has to make up for"},
                          {.name = "epsilon",
                           .default_value = 0,
                           .min = 0,
                           .max = 1e6,
                           .sentence = "the paper's epsilon times the square of the learning rate: how much may be lacking"}}},
          "any f < n, as long as the trusted row is honest",
          "like zenopp, where an update that opposes is to be dropped instead of turned round",
          2,
          {.trusted = Trust::validator},
          {},
          [](const Parameters& values) { return std::make_unique<const ZenoppPaper>(values); },
          true};
}

}  // namespace zenops
