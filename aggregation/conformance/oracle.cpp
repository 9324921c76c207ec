#include "aggregation/conformance/oracle.hpp"

#include <algorithm>
#include <stdexcept>

#include "aggregation/conformance/formulas/centres.hpp"
#include "aggregation/conformance/formulas/choices.hpp"
#include "aggregation/conformance/formulas/directions.hpp"
#include "aggregation/conformance/formulas/mixes.hpp"
#include "aggregation/conformance/formulas/spectra.hpp"
#include "aggregation/conformance/formulas/subsets.hpp"
#include "aggregation/conformance/formulas/trust.hpp"

namespace zenops {
namespace {

using namespace formulas;

size_t liars(const Parameters& p, size_t caught, size_t most) {
  const auto f = p.find("f");
  if (f == p.end()) return most;
  const auto declared = static_cast<size_t>(f->second);
  return declared - std::min(declared, caught);
}

/// How much each row counts: the same, or by its samples when `weighted` says so or the rule has no such choice.
Vector shares(const Matrix& rows, const Vector& counts, const Parameters& p) {
  const auto weighted = p.find("weighted");
  if (counts.empty() || (weighted != p.end() && weighted->second == 0)) return Vector(rows.size(), 1.0);
  Vector sorted = counts, out;
  std::ranges::sort(sorted);
  for (const double c : counts) out.push_back(std::min(c, p.at("count_cap") * sorted[(sorted.size() - 1) / 2]));
  return out;
}

}  // namespace

std::vector<double> Oracle::aggregate(const RuleChoice& choice) const {
  Matrix x = rows;
  for (const Choice& pre : choice.pre) {
    const size_t f = liars(pre.parameters, caught, (x.size() - 1) / 2);
    if (pre.name == "nnm")
      x = nnm(x, f);
    else if (pre.name == "bucketing")
      x = bucketing(x, pre.parameters, draw);
    else if (pre.name == "clipping")
      x = clipped(x, pre.parameters.at("c"));
    else if (pre.name == "arc")
      x = arc(x, f);
    else
      throw std::logic_error("no oracle for " + pre.name);
  }
  const size_t n = x.size();
  const std::string& name = choice.rule.name;
  const Parameters& p = choice.rule.parameters;
  const size_t third = liars(p, caught, n < 3 ? 0 : (n - 3) / 2), half = liars(p, caught, (n - 1) / 2);

  if (name == "average" || name == "fed_buff") return mean(x);
  if (name == "weighted_average") {
    if (counts.empty()) return mean(x);
    Vector out(x[0].size());
    double sum = 0;
    for (size_t k = 0; k < n; ++k) {
      add(out, counts[k], x[k]);
      sum += counts[k];
    }
    return scaled(1 / sum, out);
  }
  if (name == "median") return by_coordinate(x, median);
  if (name == "trimmed_mean") return by_coordinate(x, [&](const Vector& v) { return trimmed(v, half); });
  if (name == "phocas")
    return by_coordinate(x, [&](const Vector& v) { return mean_of_nearest(v, trimmed(v, half), n - half); });
  if (name == "meamed")
    return by_coordinate(x, [&](const Vector& v) { return mean_of_nearest(v, median(v), n - half); });
  if (name == "geometric_median") return geometric_median(x, p);
  if (name == "krum") return x[krum_order(x, everybody(n), third)[0]];
  if (name == "multi_krum") {
    const auto m = p.find("m");
    return mean_of_first(x, krum_order(x, everybody(n), third),
                         m == p.end() ? n - third - 2 : static_cast<size_t>(m->second), shares(x, counts, p));
  }
  if (name == "bulyan") return bulyan(x, liars(p, caught, (n - 3) / 4));
  if (name == "centered_clipping") return centered_clipping(x, trusted, shares(x, counts, p), p);
  if (name == "rfa") return rfa(x, shares(x, counts, p), p);
  if (name == "mda") return mean_of_first(x, smallest_diameter(x, half), n - half, shares(x, counts, p));
  if (name == "smea") return mean_of_first(x, smallest_eigenvalue(x, half), n - half, shares(x, counts, p));
  if (name == "caf") return caf(x, half);
  if (name == "norm_clipping") return norm_clipping(x, shares(x, counts, p), p);
  if (name == "cge" || name == "monna") {
    auto order = everybody(n);
    std::ranges::stable_sort(
        order, {}, [&](size_t k) { return name == "cge" ? dot(x[k], x[k]) : squared_distance(x[k], trusted); });
    return mean_of_first(x, order, n - half, shares(x, counts, p));
  }
  if (name == "fltrust") return fltrust(x, trusted);
  if (name == "zeno") return zeno(x, trusted, p);
  if (name == "signsgd_majority") return signsgd(x, p);
  if (name == "signguard") return signguard(x, p);
  if (name == "aksel") return aksel(x, std::max<size_t>(n - liars(p, caught, n / 2), 1));
  if (name == "flame") return flame(x, p, draw);
  if (name == "dnc") return dnc(x, p, half, draw);
  if (name == "clipped_clustering") return clipped_clustering(x);
  if (name == "foolsgold") return foolsgold(x, p);
  if (name == "zeno_loss") {
    auto order = everybody(n);
    std::ranges::stable_sort(order, std::greater<>(),
                             [&](size_t k) { return descents[k] - p.at("rho") * dot(x[k], x[k]); });
    const auto b = static_cast<size_t>(p.at("b"));
    return mean(chosen(x, order, n - (b - std::min(b, caught))));
  }
  throw std::logic_error("no oracle for " + name);
}

double descent(std::span<const float> u, std::span<const float> v) {
  double sum = 0;
  for (size_t i = 0; i < u.size(); ++i) sum += double{u[i]} * v[i] - 0.5 * u[i] * u[i];
  return sum;
}

std::vector<double> descents(std::span<const std::vector<float>> rows, std::span<const float> v) {
  std::vector<double> out;
  for (const auto& row : rows) out.push_back(descent(row, v));
  return out;
}

}  // namespace zenops
