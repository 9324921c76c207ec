#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace zenops {

/// How well outputs match labels: sums, so that parts can be added up.
struct Scores {
  double loss = 0;                   // sum of the cross entropies
  uint64_t top1 = 0;                 // answers whose label has the largest output
  uint64_t top5 = 0;                 // … is among the five largest
  uint64_t count = 0;                // answers
  std::vector<uint64_t> right, all;  // by class: answers that are right (top-1), and answers

  Scores& operator+=(const Scores& other);
  double mean_loss() const { return count > 0 ? loss / static_cast<double>(count) : 0; }
  double accuracy() const { return share(top1, count); }
  double top5_accuracy() const { return share(top5, count); }
  /// Of each class; a class without answers has NaN.
  std::vector<double> class_accuracy() const;

 private:
  static double share(uint64_t part, uint64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
  }
};

/// Of outputs, (answers, classes) row-major, and the label of each answer. Of equal outputs the one with the smaller
/// index comes first; a row in which the label's output is NaN is wrong. Cross entropies are taken in double.
Scores score(std::span<const float> outputs, std::span<const int64_t> labels);

}  // namespace zenops
