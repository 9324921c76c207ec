#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregation/kernels/selection.hpp"

namespace zenops {

/// A selection carried out on one column with std::sort, an operation at a time: what kernels are held to, bit for bit.
class Selected {
 public:
  Selected(const Selection& selection, std::vector<float> column) : s_(selection), wires_(std::move(column)) {
    wires_.resize(s_.wires);
    for (const auto& [first, count] : s_.leaves) std::sort(wires_.begin() + first, wires_.begin() + first + count);
    for (const auto& [merge, layer] : s_.steps) {
      if (merge) bring(*merge);
      for (const auto& [low, high] : layer)
        if (wires_[high] < wires_[low]) std::swap(wires_[low], wires_[high]);
    }
  }

  std::vector<float> kept() const { return kept(s_.kept); }
  std::vector<float> surely_kept() const { return kept(s_.surely_kept); }
  std::vector<float> at(const Order& wires) const {
    std::vector<float> out;
    for (const uint32_t wire : wires) out.push_back(wires_[wire]);
    return out;
  }

  float mean() const {
    const size_t n = s_.rows, near = n - s_.drop;
    const float kept_count = static_cast<float>(n - 2 * s_.trim), near_count = static_cast<float>(near);
    if (!s_.order.empty()) return of_all_ranks(1 / kept_count, 1 / near_count);
    const float centre = sum(kept(), 1 / kept_count, 0);
    if (s_.drop == 0) return centre + 0.0f;
    float mean = sum(surely_kept(), 1 / near_count, s_.drop == s_.trim ? centre * (kept_count / near_count) : 0);
    const auto lowest = at(s_.lowest), highest = at(s_.highest);
    for (size_t r = 0; r < s_.drop; ++r) mean = std::fma(nearer(lowest[r], highest[r], centre), 1 / near_count, mean);
    return mean + 0.0f;
  }

 private:
  void bring(const InRegisters& step) {
    std::vector<float> values = at(step.from);
    std::ranges::sort(values);
    const size_t first = first_wanted(step.kind, values.size());
    for (size_t r = 0; r < step.to.size(); ++r) wires_[step.to[r]] = values[first + r];
  }
  std::vector<float> kept(const std::vector<Kept>& values) const {
    std::vector<float> out;
    for (const Kept& candidates : values) {
      float least = INFINITY;
      for (const auto& [wire, other] : candidates) least = std::min(least, other ? std::max(wires_[wire], wires_[*other]) : wires_[wire]);
      out.push_back(least);
    }
    return out;
  }
  static float sum(const std::vector<float>& values, float weight, float from) {
    for (const float x : values) from = std::fma(x, weight, from);
    return from;
  }
  static float nearer(float left, float right, float centre) { return centre - left > right - centre ? right : left; }
  float of_all_ranks(float weight, float near_weight) const {
    const auto ranks = at(s_.order);
    const size_t n = s_.rows, near = n - s_.drop;
    const float centre = sum({ranks.begin() + s_.trim, ranks.end() - s_.trim}, weight, 0);
    float mean = 0;
    for (size_t r = 0; r < near; ++r) {
      float value = ranks[r];
      for (size_t left = r; left < s_.drop; left += near) value = nearer(value, ranks[left + near], centre);
      mean = std::fma(value, near_weight, mean);
    }
    return mean + 0.0f;
  }

  const Selection& s_;
  std::vector<float> wires_;
};

}  // namespace zenops
