#include <algorithm>
#include <cassert>
#include <cfloat>
#include <iterator>
#include <utility>
#include <vector>

#include "aggregation/kernels/ask.hpp"
#include "aggregation/kernels/coordinatewise.hpp"
#include "aggregation/kernels/majority.hpp"
#include "aggregation/kernels/tile.hpp"
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

/// Mixed rows, a tile at a time; those that are rows as they were are not copied, and those of the same terms, as rows
/// have that are each other's nearest neighbours, are made once.
class Mixer {
 public:
  Mixer(const Mix& mix, std::span<const float* const> rows)
      : width_(std::max(kNarrowest, tile_width(mix.size()))), mixed_(mix.size() * width_), pointers_(mix.size()) {
    std::ranges::copy_if(rows, std::back_inserter(present_), [](const float* row) { return row != nullptr; });
    terms_.reserve(mix.size());
    for (size_t i = 0; i < mix.size(); ++i) {
      const auto first = static_cast<size_t>(std::ranges::find(mix, mix[i]) - mix.begin());
      const bool as_it_was = mix[i].size() == 1 && mix[i][0].weight == 1;
      if (as_it_was) rows_as_they_were_.emplace_back(i, rows[mix[i][0].row]);
      if (as_it_was) continue;
      pointers_[i] = mixed_.data() + first * width_;
      if (first == i) sums_.push_back({terms_.emplace_back(terms_of(mix[i], rows)), mixed_.data() + i * width_});
    }
  }

  /// Coordinates of a tile: the rows and what is made of them stay in the second cache.
  size_t width() const { return width_; }

  /// Pointers to `size` ≤ width() floats of each mixed row, from element `at` of the rows on.
  std::span<const float* const> mixed(size_t at, size_t size) {
    cached_weighted_sums(sums_, at, size, Ahead(present_, at + width_));
    for (const auto& [i, row] : rows_as_they_were_) pointers_[i] = row ? row + at : nullptr;
    return pointers_;
  }

 private:
  static constexpr size_t kNarrowest = 256;

  static std::vector<WeightedRow> terms_of(const std::vector<Term>& terms, std::span<const float* const> rows) {
    std::vector<const float*> sources;
    std::vector<float> weights;
    for (const Term& t : terms) {
      sources.push_back(rows[t.row]);
      weights.push_back(t.weight);
    }
    return weighted(sources, weights);
  }

  size_t width_;
  std::vector<const float*> present_;            // the rows that are not null
  std::vector<std::vector<WeightedRow>> terms_;  // of the sums
  std::vector<float> mixed_;                     // (mixed rows, width)
  std::vector<CachedSum> sums_;
  std::vector<std::pair<size_t, const float*>> rows_as_they_were_;  // by mixed row; null: of zeros
  std::vector<const float*> pointers_;                              // (mixed rows)
};

void combine_rows(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size,
                  float* out) {
  if (plan.combine == Combine::weighted_sum) {
    weighted_sum(weighted(plan, rows, trusted), 0, size, out);
  } else if (rows.empty()) {
    std::fill_n(out, size, 0.0f);
  } else if (plan.mix.empty()) {
    coordinatewise(plan, rows, size, out);
  } else {
    Mixer mixer(plan.mix, rows);
    for (size_t at = 0; at < size; at += mixer.width()) {
      const size_t length = std::min(mixer.width(), size - at);
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
