#include "models/dirichlet.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace zenops {
namespace {

/// In (0, 1).
double open_uniform(Stream& stream) { return (stream.word() + 0.5) * 0x1p-32; }

/// The logarithm of a gamma variate. Shapes below 1 are reached from the shape above: Γ(a) = Γ(a + 1) U^(1/a).
double log_gamma_variate(Stream& stream, double alpha) {
  if (alpha < 1) {
    const double above = log_gamma_variate(stream, alpha + 1);
    return above + std::log(open_uniform(stream)) / alpha;
  }
  const double d = alpha - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = stream.normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(open_uniform(stream)) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d * v);
  }
}

}  // namespace

std::vector<double> dirichlet(Stream& stream, double alpha, size_t n) {
  assert(alpha > 0 && n > 0);
  std::vector<double> out(n);
  for (double& x : out) x = log_gamma_variate(stream, alpha);
  const double largest = *std::ranges::max_element(out);
  double sum = 0;
  for (double& x : out) sum += x = std::exp(x - largest);
  for (double& x : out) x /= sum;
  return out;
}

std::vector<size_t> cut(std::span<const double> shares, size_t count) {
  std::vector<size_t> out{0};
  double before = 0;
  for (const double share : shares) {
    before += share;
    const auto place = static_cast<size_t>(std::llround(before * static_cast<double>(count)));
    out.push_back(std::clamp(place, out.back(), count));
  }
  out.back() = count;
  return out;
}

}  // namespace zenops
