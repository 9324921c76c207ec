#include "aggregation/conformance/formulas/directions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "aggregation/conformance/formulas/mixes.hpp"
#include "aggregation/plan.hpp"

namespace zenops::formulas {
namespace {

Matrix table(const Matrix& rows, const std::function<double(const Vector&, const Vector&)>& entry) {
  Matrix out;
  for (const Vector& a : rows) {
    Vector& line = out.emplace_back();
    for (const Vector& b : rows) line.push_back(entry(a, b));
  }
  return out;
}

/// 1 − cos, for which nearly parallel rows are told apart by the difference of their directions; below 1e-12 they are
/// not.
double cosine_distance(const Vector& a, const Vector& b) {
  if (!(norm(a) > 0 && norm(b) > 0)) return &a == &b ? 0 : 1;
  const double apart = squared_distance(scaled(1 / norm(a), a), scaled(1 / norm(b), b)) / 2;
  return apart <= 1e-12 ? 0 : apart;
}

/// Mean shift over the rows' sign statistics: whoever ends at the peak of most.
std::vector<size_t> alike_in_signs(const Matrix& rows) {
  const size_t n = rows.size();
  const double d = std::max<double>(1, static_cast<double>(rows[0].size()));
  Matrix features;
  for (const Vector& row : rows) {
    const auto above = static_cast<double>(std::ranges::count_if(row, [](double x) { return x > 0; }));
    const auto below = static_cast<double>(std::ranges::count_if(row, [](double x) { return x < 0; }));
    features.push_back({above / d, (d - above - below) / d, below / d});
  }
  const auto apart = [](const Vector& a, const Vector& b) { return std::sqrt(squared_distance(a, b)); };
  double width = 0;
  for (Vector line : table(features, apart)) {
    std::ranges::sort(line);
    width += line[n / 2] / static_cast<double>(n) * (1 + 1e-9);
  }
  const auto within = [&](const Vector& centre) {
    Matrix out;
    for (const Vector& f : features)
      if (apart(f, centre) <= width) out.push_back(f);
    return out;
  };
  struct Peak {
    Vector at;
    size_t crowd;
  };
  std::vector<Peak> peaks, all;
  for (const Vector& f : features) {
    Peak peak{f, 0};
    for (int i = 0; i < 300; ++i) {
      const Matrix near = within(peak.at);
      peak.crowd = near.size();
      if (near.empty()) break;
      const Vector next = mean(near);
      const double moved = apart(next, peak.at);
      peak.at = next;
      if (moved <= 1e-3 * width) break;
    }
    all.push_back(peak);
  }
  std::ranges::sort(all,
                    [](const Peak& a, const Peak& b) { return a.crowd != b.crowd ? a.crowd > b.crowd : a.at > b.at; });
  for (const Peak& peak : all)
    if (std::ranges::none_of(peaks, [&](const Peak& p) { return apart(p.at, peak.at) <= width; }))
      peaks.push_back(peak);
  std::vector<std::vector<size_t>> clusters(peaks.size());
  for (size_t k = 0; k < n; ++k) {
    size_t best = 0;
    for (size_t p = 0; p < peaks.size(); ++p)
      if (apart(peaks[p].at, features[k]) < apart(peaks[best].at, features[k])) best = p;
    clusters[best].push_back(k);
  }
  return *std::ranges::max_element(clusters, {}, [](const auto& c) { return c.size(); });
}

}  // namespace

Vector signsgd(const Matrix& rows, const Parameters& p) {
  return by_coordinate(rows, [&](const Vector& v) {
    double votes = 0;
    for (const double x : v) votes += (x > 0) - (x < 0);
    return votes > 0 ? p.at("step") : votes < 0 ? -p.at("step") : 0;
  });
}

Vector signguard(const Matrix& rows, const Parameters& p) {
  const Vector lengths = norms(rows);
  const double middle = median_of(lengths);
  Matrix kept;
  for (const size_t k : alike_in_signs(rows))
    if (lengths[k] >= p.at("lower") * middle && lengths[k] <= p.at("upper") * middle) kept.push_back(rows[k]);
  return kept.empty() ? Vector(rows[0].size()) : mean(clipped(kept, middle));
}

Vector flame(const Matrix& rows, const Parameters& p, uint64_t draw) {
  const size_t n = rows.size();
  const Matrix apart = table(rows, cosine_distance);
  Vector thresholds = {0};
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < i; ++j) thresholds.push_back(apart[i][j]);
  std::ranges::sort(thresholds);
  std::vector<size_t> cluster;
  for (const double t : thresholds) {
    for (size_t start = 0; start < n && cluster.size() < n / 2 + 1; ++start) {
      cluster = {start};
      for (size_t c = 0; c < cluster.size(); ++c)
        for (size_t k = 0; k < n; ++k)
          if (apart[cluster[c]][k] <= t && std::ranges::count(cluster, k) == 0) cluster.push_back(k);
    }
    if (cluster.size() >= n / 2 + 1) break;
  }
  const double radius = median_of(norms(rows));
  Vector out = mean(clipped(chosen(rows, cluster, cluster.size()), radius));
  for (size_t i = 0; i < out.size(); ++i) out[i] += p.at("noise") * radius * noise_at(draw, i);
  return out;
}

Vector clipped_clustering(const Matrix& rows) {
  const Matrix apart = table(rows, cosine_distance);
  std::vector<std::vector<size_t>> clusters;
  for (size_t k = 0; k < rows.size(); ++k) clusters.push_back({k});
  const auto average = [&](const std::vector<size_t>& a, const std::vector<size_t>& b) {
    double sum = 0;
    for (const size_t i : a)
      for (const size_t j : b) sum += apart[i][j];
    return sum / static_cast<double>(a.size() * b.size());
  };
  while (clusters.size() > 2) {
    size_t a = 0, b = 1;
    for (size_t i = 0; i < clusters.size(); ++i)
      for (size_t j = i + 1; j < clusters.size(); ++j)
        if (average(clusters[i], clusters[j]) < average(clusters[a], clusters[b])) a = i, b = j;
    clusters[a].insert(clusters[a].end(), clusters[b].begin(), clusters[b].end());
    clusters.erase(clusters.begin() + static_cast<ptrdiff_t>(b));
  }
  const auto& larger = *std::ranges::max_element(clusters, {}, [](const auto& c) { return c.size(); });
  return mean(clipped(chosen(rows, larger, larger.size()), median_of(norms(rows))));
}

Vector foolsgold(const Matrix& rows, const Parameters& p) {
  const size_t n = rows.size();
  if (n == 1) return rows[0];
  Matrix likeness = table(rows, [](const Vector& a, const Vector& b) { return 1 - cosine_distance(a, b); });
  const auto most = [&] {
    Vector out(n);
    for (size_t k = 0; k < n; ++k)
      for (size_t l = 0; l < n; ++l)
        if (l != k) out[k] = std::max(out[k], likeness[k][l]);
    return out;
  };
  const Vector m = most();
  for (size_t k = 0; k < n; ++k)
    for (size_t l = 0; l < n; ++l)
      if (m[k] < m[l]) likeness[k][l] *= m[k] / m[l];
  Vector votes;
  for (const double highest : most()) votes.push_back(std::clamp(1 - highest, 0.0, 1.0));
  const double best = std::ranges::max(votes);
  double sum = 0;
  Vector out(rows[0].size());
  for (size_t k = 0; k < n; ++k) {
    double a = best > 0 ? votes[k] / best : 0;
    a = a >= 1 ? 1 : a <= 0 ? 0 : std::clamp(p.at("kappa") * (std::log(a / (1 - a)) + 0.5), 0.0, 1.0);
    add(out, a, rows[k]);
    sum += a;
  }
  return scaled(sum > 0 ? 1 / sum : 0, out);
}

}  // namespace zenops::formulas
