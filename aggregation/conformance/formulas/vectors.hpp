#pragma once
#include <functional>
#include <vector>

/// What the formulae are written in: rows of doubles and their sums. Every row of a matrix is as long as the first, and
/// there is one.
namespace zenops::formulas {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;

double dot(const Vector& a, const Vector& b);
double squared_distance(const Vector& a, const Vector& b);
double norm(const Vector& a);
Vector norms(const Matrix& rows);
void add(Vector& sum, double weight, const Vector& a);
Vector scaled(double weight, const Vector& a);

Vector mean(const Matrix& rows);
/// By weights that need not sum to 1; a row of weight 0 is not looked at.
Vector weighted_mean(const Matrix& rows, const Vector& weights);
/// The mean of the first `count` of `order`.
Vector mean_of_first(const Matrix& rows, const std::vector<size_t>& order, size_t count, const Vector& shares);

/// `reduce(sorted values)` in every coordinate.
Vector by_coordinate(const Matrix& rows, const std::function<double(Vector)>& reduce);
/// Without the b smallest and the b largest.
double trimmed(const Vector& sorted, size_t b);
double median(const Vector& sorted);
double median_of(Vector values);
/// The mean of the `count` values nearest to the centre; of two at the same distance the smaller.
double mean_of_nearest(Vector sorted, double centre, size_t count);

/// 0, …, n − 1.
std::vector<size_t> everybody(size_t n);
/// The rows of the first `count` indices.
Matrix chosen(const Matrix& rows, const std::vector<size_t>& indices, size_t count);

}  // namespace zenops::formulas
