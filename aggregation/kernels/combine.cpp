#include <algorithm>
#include <cassert>
#include <cfloat>
#include <vector>

#include "aggregation/kernels/coordinatewise.hpp"
#include "aggregation/kernels/majority.hpp"
#include "aggregation/kernels/weighted_sum.hpp"
#include "aggregation/plan.hpp"

namespace zenops {
namespace {

void coordinatewise(const BlockPlan& plan, std::span<const float* const> rows, size_t size, float* out) {
  assert(2 * size_t{plan.trim} < rows.size() && plan.drop < rows.size());
  if (plan.combine == Combine::majority)
    majority(rows, plan.step, size, out);
  else if (plan.combine == Combine::trimmed_mean)
    trimmed_mean(rows, plan.trim, size, out);
  else
    nearest_mean(rows, plan.trim, plan.drop, size, out);
}

/// Mixed rows, a tile at a time; those that are rows as they were are not copied, and those of the same terms, as rows have that are
/// each other's nearest neighbours, are made once.
class Mixer {
 public:
  explicit Mixer(const Mix& mix) : mix_(mix), mixed_(mix.size() * kTile) {
    for (const auto& terms : mix) first_.push_back(static_cast<size_t>(std::ranges::find(mix, terms) - mix.begin()));
  }
  static constexpr size_t kTile = 1024;

  /// Pointers to `size` ≤ kTile floats of each mixed row, from element `at` of the rows on.
  std::span<const float* const> mixed(std::span<const float* const> rows, size_t at, size_t size) {
    pointers_.clear();
    for (size_t i = 0; i < mix_.size(); ++i) {
      const auto& terms = mix_[i];
      if (first_[i] < i) {
        pointers_.push_back(pointers_[first_[i]]);
        continue;
      }
      if (terms.size() == 1 && terms[0].weight == 1) {
        const float* row = rows[terms[0].row];
        pointers_.push_back(row ? row + at : nullptr);
        continue;
      }
      sources_.clear();
      weights_.clear();
      for (const Term& t : terms) {
        sources_.push_back(rows[t.row] ? rows[t.row] + at : nullptr);
        weights_.push_back(t.weight);
      }
      float* target = mixed_.data() + i * kTile;
      weighted_sum(sources_, weights_, size, target);
      pointers_.push_back(target);
    }
    return pointers_;
  }

 private:
  const Mix& mix_;
  std::vector<size_t> first_;  // of the rows of the same terms
  std::vector<float> mixed_, weights_;
  std::vector<const float*> sources_, pointers_;
};

void combine_rows(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size, float* out) {
  const bool rows_alone = plan.trusted_weight == 0 && plan.weights.size() == rows.size();
  if (plan.combine == Combine::weighted_sum && rows_alone) {
    weighted_sum(rows, plan.weights, size, out);
  } else if (plan.combine == Combine::weighted_sum) {
    std::vector<const float*> terms(rows.begin(), rows.end());
    std::vector<float> weights = plan.weights;
    weights.resize(rows.size());
    terms.push_back(trusted);
    weights.push_back(plan.trusted_weight);
    weighted_sum(terms, weights, size, out);
  } else if (rows.empty()) {
    std::fill_n(out, size, 0.0f);
  } else if (plan.mix.empty()) {
    coordinatewise(plan, rows, size, out);
  } else {
    Mixer mixer(plan.mix);
    for (size_t at = 0; at < size; at += Mixer::kTile) {
      const size_t length = std::min(Mixer::kTile, size - at);
      coordinatewise(plan, mixer.mixed(rows, at, length), length, out + at);
    }
  }
}

}  // namespace

void combine(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size, float* out,
             size_t at) {
  combine_rows(plan, rows, trusted, size, out);
  if (plan.noise == 0 || rows.empty()) return;
  for (size_t i = 0; i < size; ++i)
    out[i] = std::clamp(out[i] + plan.noise * noise_at(plan.noise_draw, at + i), -FLT_MAX, FLT_MAX);
}

}  // namespace zenops
