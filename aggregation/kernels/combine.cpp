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
  Mixer(const Mix& mix, std::span<const float* const> rows) : mixed_(mix.size() * kTile), pointers_(mix.size()) {
    for (size_t i = 0; i < mix.size(); ++i) {
      Made& made = made_.emplace_back();
      made.first = static_cast<size_t>(std::ranges::find(mix, mix[i]) - mix.begin());
      made.as_it_was = mix[i].size() == 1 && mix[i][0].weight == 1;
      if (made.as_it_was) made.row = rows[mix[i][0].row];
      if (made.as_it_was || made.first < i) continue;
      std::vector<const float*> sources;
      std::vector<float> weights;
      for (const Term& t : mix[i]) {
        sources.push_back(rows[t.row]);
        weights.push_back(t.weight);
      }
      made.terms = weighted(sources, weights);
    }
  }
  static constexpr size_t kTile = 256;  // the rows and what is made of them stay in the nearest caches

  /// Pointers to `size` ≤ kTile floats of each mixed row, from element `at` of the rows on.
  std::span<const float* const> mixed(size_t at, size_t size) {
    for (size_t i = 0; i < made_.size(); ++i) {
      const Made& made = made_[i];
      if (made.first < i) {
        pointers_[i] = pointers_[made.first];
      } else if (made.as_it_was) {
        pointers_[i] = made.row ? made.row + at : nullptr;
      } else {
        float* const target = mixed_.data() + i * kTile;
        weighted_sum(made.terms, at, size, target);
        pointers_[i] = target;
      }
    }
    return pointers_;
  }

 private:
  struct Made {
    size_t first = 0;                     // of the rows of the same terms
    bool as_it_was = false;               // one of the rows, which is `row`
    const float* row = nullptr;           // null: of zeros
    std::vector<WeightedRow> terms = {};  // of which it is made otherwise
  };
  std::vector<Made> made_;
  std::vector<float> mixed_;
  std::vector<const float*> pointers_;
};

void combine_rows(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size, float* out) {
  const bool rows_alone = plan.trusted_weight == 0 && plan.weights.size() == rows.size();
  if (plan.combine == Combine::weighted_sum && rows_alone) {
    weighted_sum(weighted(rows, plan.weights), 0, size, out);
  } else if (plan.combine == Combine::weighted_sum) {
    std::vector<const float*> terms(rows.begin(), rows.end());
    std::vector<float> weights = plan.weights;
    weights.resize(rows.size());
    terms.push_back(trusted);
    weights.push_back(plan.trusted_weight);
    weighted_sum(weighted(terms, weights), 0, size, out);
  } else if (rows.empty()) {
    std::fill_n(out, size, 0.0f);
  } else if (plan.mix.empty()) {
    coordinatewise(plan, rows, size, out);
  } else {
    Mixer mixer(plan.mix, rows);
    for (size_t at = 0; at < size; at += Mixer::kTile) {
      const size_t length = std::min(Mixer::kTile, size - at);
      coordinatewise(plan, mixer.mixed(at, length), length, out + at);
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
