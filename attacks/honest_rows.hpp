#pragma once
#include <functional>
#include <span>
#include <vector>

#include "attacks/attack.hpp"

namespace zenops {

/// What the honest workers made in one round of what is judged at once, and what liars come to know of it.
class HonestRows {
 public:
  /// rows: at least one, each of the same d finite numbers, in the order of their workers; what they point to outlives this. Computes
  /// mean and deviation per coordinate, in double: O(h d), the rows are read from memory once.
  explicit HonestRows(std::vector<std::span<const float>> rows);

  size_t count() const { return rows_.size(); }  // h
  size_t dimension() const { return mean_.size(); }  // d
  const std::vector<std::span<const float>>& rows() const { return rows_; }
  std::span<const float> mean() const { return mean_; }            // (d)
  std::span<const float> deviation() const { return deviation_; }  // (d), as in Knowledge; what is no float is the largest one

  /// What `liars` liars who see so much know in that round of the run: what is above `sight` is left out. `aggregate` is the
  /// Knowledge's, and called only where `sight` is rule. This outlives what is returned.
  Knowledge known(Sight sight, size_t liars, uint32_t round, decltype(Knowledge::aggregate) aggregate = {}) const;

 private:
  std::vector<std::span<const float>> rows_;
  std::vector<float> mean_, deviation_;
};

/// The lie (d) on which liars agree who know `knowledge`, which is of `attack.sees` or more. attack.lie is collusion; parameters have
/// their defaults. What is above `attack.sees` is hidden from it.
std::vector<float> lie(const AttackEntry& attack, const Parameters& parameters, Knowledge knowledge, AttackMemory& memory, Stream& stream);

}  // namespace zenops
