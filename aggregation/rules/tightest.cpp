#include "aggregation/rules/tightest.hpp"

#include <algorithm>
#include <cmath>

#include "aggregation/eigen.hpp"
#include "aggregation/rules/centred_products.hpp"
#include "aggregation/rules/krum_scores.hpp"

namespace zenops {

Tightest::Tightest(const Products& products, size_t m) : products_(products), m_(m), factor_(m * m) {
  begin();
  search(0);
  // Of rows that are the same the earlier.
  std::ranges::sort(best_);
  for (size_t& k : best_)
    for (size_t other = 0; other < k; ++other)
      if (products.squared_distance(other, k) == 0 && std::ranges::count(best_, other) == 0) k = other;
  std::ranges::sort(best_);
}

std::vector<size_t> Tightest::rows() const { return best_; }

/// The largest eigenvalue of the scatter of `rows`, and how far each of them lies from their mean in its direction.
double Tightest::scatter(const std::vector<size_t>& rows, std::vector<double>* distances) const {
  const auto [value, vector] = top_eigenpair(centred_products(products_, rows), rows.size());
  if (distances != nullptr)
    for (const double x : vector) distances->push_back(std::abs(x));
  return std::max(0.0, value);
}

/// A first guess: the row that lies farthest out in the direction of the largest variance goes, again and again. The
/// better it is the more the search can leave out, and rows that go here are tried first for the same reason.
void Tightest::begin() {
  best_ = all_rows(products_.rows());
  while (best_.size() > m_) {
    std::vector<double> distances;
    scatter(best_, &distances);
    const auto farthest = static_cast<size_t>(std::ranges::max_element(distances) - distances.begin());
    order_.push_back(best_[farthest]);
    best_.erase(best_.begin() + static_cast<ptrdiff_t>(farthest));
  }
  order_.insert(order_.end(), best_.begin(), best_.end());
  smallest_ = scatter(best_, nullptr);
}

void Tightest::search(size_t next) {
  if (taken_.size() == m_) return improve();
  for (size_t at = next; taken_.size() + (order_.size() - at) >= m_ && smallest_ > 0; ++at) {
    if (!push(order_[at])) continue;
    search(at + 1);
    taken_.pop_back();
    valid_ = std::min(valid_, taken_.size());
  }
}

/// Takes `row` unless the eigenvalue would reach the smallest one.
bool Tightest::push(size_t row) {
  for (; valid_ < taken_.size(); ++valid_)
    if (!factor(valid_)) return false;
  taken_.push_back(row);
  if (factor(taken_.size() - 1)) {
    valid_ = taken_.size();
    return true;
  }
  taken_.pop_back();
  return false;
}

/// The factor's row of the t-th taken row, after those before it; false: Γ is not positive definite.
bool Tightest::factor(size_t t) {
  if (t == 0) return true;
  // Below the smallest by more than rounding: what was found is not found again.
  const double lambda = smallest_ * (1 - 1e-12);
  const size_t base = taken_[0], row = taken_[t];
  const double out = products_.squared_distance(base, row);
  double* l = &factor_[t * m_];
  double pivot = 2 * lambda - out;
  for (size_t j = 1; j < t; ++j) {
    const size_t other = taken_[j];
    const double* above = &factor_[j * m_];
    double sum = lambda - (out + products_.squared_distance(base, other) - products_.squared_distance(row, other)) / 2;
    for (size_t k = 1; k < j; ++k) sum -= l[k] * above[k];
    l[j] = sum * above[j];
    pivot -= l[j] * l[j];
  }
  if (!(pivot > 0)) return false;
  l[t] = 1 / std::sqrt(pivot);
  return true;
}

/// All m are taken. The factor is of the eigenvalue that was the smallest, and no row of it stays as it is.
void Tightest::improve() {
  const double value = scatter(taken_, nullptr);
  if (!(value < smallest_)) return;
  smallest_ = value;
  best_ = taken_;
  valid_ = 1;
}

}  // namespace zenops
