#pragma once
#include <cstddef>
#include <vector>

#include "aggregation/geometry.hpp"

namespace zenops {

/// The m of n rows whose scatter Σ_{i ∈ S} (u_i − μ_S)(u_i − μ_S)ᵀ has the smallest largest eigenvalue, 2 ≤ m ≤ n;
/// where several have the same, one of them, which depends on the rows alone; of rows that are equal the earlier.
///
/// Rows are taken or left one after the other. More rows never have a smaller eigenvalue, so that a branch ends as soon
/// as those it has taken reach the smallest λ of m rows that is known. That λ is larger than S's if and only if Γ = λ
/// (I + 11ᵀ) − (⟨u_i − u_b, u_j − u_b⟩)_{i, j ∈ S \ b} is positive definite, b being any of S (its vectors of sum 0, in
/// the basis e_i − e_b), which Cholesky's factor says row by row: O(m²) for a row, and an eigenvalue is computed only
/// where one is smaller than all before. O(n) rows for each of the C(n, m) subsets at most.
class Tightest {
 public:
  Tightest(const Products& products, size_t m);

  std::vector<size_t> rows() const;                // (m), ascending
  double eigenvalue() const { return smallest_; }  // of their scatter

 private:
  double scatter(const std::vector<size_t>& rows, std::vector<double>* distances) const;
  void begin();
  void search(size_t next);
  bool push(size_t row);
  bool factor(size_t t);
  void improve();

  const Products& products_;
  size_t m_;
  std::vector<size_t> order_;  // of the rows, those that lie far out first
  std::vector<size_t> taken_, best_;
  std::vector<double>
      factor_;        // (m, m): row t is that of the t-th taken row, from its column 1; the inverse on the diagonal
  size_t valid_ = 0;  // of the taken rows, those whose factor belongs to the smallest eigenvalue
  double smallest_ = 0;
};

}  // namespace zenops
