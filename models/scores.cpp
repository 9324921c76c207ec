#include "models/scores.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace zenops {

Scores& Scores::operator+=(const Scores& other) {
  loss += other.loss;
  top1 += other.top1;
  top5 += other.top5;
  count += other.count;
  right.resize(std::max(right.size(), other.right.size()));
  all.resize(right.size());
  for (size_t c = 0; c < other.right.size(); ++c) {
    right[c] += other.right[c];
    all[c] += other.all[c];
  }
  return *this;
}

std::vector<double> Scores::class_accuracy() const {
  std::vector<double> out;
  for (size_t c = 0; c < all.size(); ++c)
    out.push_back(all[c] > 0 ? share(right[c], all[c]) : std::numeric_limits<double>::quiet_NaN());
  return out;
}

Scores score(std::span<const float> outputs, std::span<const int64_t> labels) {
  Scores out;
  if (labels.empty()) return out;
  const size_t classes = outputs.size() / labels.size();
  assert(classes * labels.size() == outputs.size());
  out.right.resize(classes);
  out.all.resize(classes);
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto row = outputs.subspan(i * classes, classes);
    const auto label = static_cast<size_t>(labels[i]);
    assert(label < classes);
    const float own = row[label];
    size_t before = 0;  // outputs that come before the label's
    for (size_t c = 0; c < classes; ++c) before += !(row[c] < own) && c != label && !(row[c] == own && c > label);
    const double largest = *std::ranges::max_element(row);
    double sum = 0;
    for (const float x : row) sum += std::exp(x - largest);
    out.loss += std::log(sum) + largest - own;
    out.top1 += before < 1;
    out.top5 += before < 5;
    out.right[label] += before < 1;
    ++out.all[label];
  }
  out.count = labels.size();
  return out;
}

}  // namespace zenops
