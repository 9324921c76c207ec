#include <algorithm>
#include <functional>
#include <limits>

#include "aggregation/rule.hpp"
#include "aggregation/rules/krum_scores.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// The mean of the n − b rows with the highest scores L(w) − L(w + u_k) − ρ ‖u_k‖², L being the loss on the validator's
/// samples (Xie, Koyejo, Gupta 2019, Zeno, Definition 2; our rows are the step itself, so that γ is in them). A loss
/// that is no number scores below all others. O(n d) and n + 1 evaluations of the loss; of the whole model at once
/// only.
class ZenoLoss final : public Rule {
 public:
  explicit ZenoLoss(const Parameters& values) : b_(static_cast<size_t>(values.at("b"))), rho_(values.at("rho")) {}
  Needs needs() const override { return {.norms = true, .losses = true}; }
  Plan decide(const Geometry& geometry) const override {
    return each_block(geometry, [&](const Products& products) {
      const size_t n = geometry.rows, b = b_ - std::min(b_, geometry.caught);
      std::vector<double> scores;
      for (size_t k = 0; k < n; ++k) {
        const double descent = k < geometry.descents.size() ? geometry.descents[k] : 0;
        const double score = descent - rho_ * products.squared_norms[k];
        scores.push_back(score == score ? score : -std::numeric_limits<double>::infinity());
      }
      auto order = all_rows(n);
      std::ranges::stable_sort(order, std::greater<>(), [&](size_t k) { return scores[k]; });
      return mean_of(std::span(order).first(n > b ? n - b : 1), n);
    });
  }

 private:
  size_t b_;
  double rho_;
};

}  // namespace

RuleEntry zeno_loss_entry() {
  return {{.name = "zeno_loss",
           .sentence = "the mean of the rows that lower the validator's loss most",
           .source = "Xie, Koyejo, Gupta 2019 (Zeno), Definitions 2 and 3",
           .parameters = {{.name = "b",
                           .default_value = 4,
                           .min = 0,
                           .max = 65535,
                           .integer = true,
                           .sentence = "how many rows are left out: at least as many as lie"},
                          {.name = "rho",
                           .default_value = 0.0005,
                           .min = 0,
                           .max = 1e6,
                           .sentence = "what a row's squared length costs it"}}},
          "f ≤ b < n, as long as the validator is honest",
          "like zeno, where the model can be evaluated n + 1 times a round",
          2,
          {.norms = true, .losses = true},
          [](const Parameters& values, size_t rows) -> std::optional<std::string> {
            const auto b = static_cast<size_t>(values.at("b"));
            if (rows > b) return std::nullopt;
            return "zeno_loss needs n > b = " + std::to_string(b) + ", got n = " + std::to_string(rows);
          },
          [](const Parameters& values) { return std::make_unique<const ZenoLoss>(values); }};
}

}  // namespace zenops
