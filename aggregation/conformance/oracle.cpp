#include "aggregation/conformance/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>

#include "aggregation/draws.hpp"
#include "aggregation/plan.hpp"
#include "base/philox.hpp"

namespace zenops {
namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double squared_distance(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

double norm(const Vector& a) { return std::sqrt(dot(a, a)); }

void add(Vector& sum, double weight, const Vector& a) {
  for (size_t i = 0; i < a.size(); ++i) sum[i] += weight * a[i];
}

Vector scaled(double weight, const Vector& a) {
  Vector out(a.size());
  add(out, weight, a);
  return out;
}

Vector mean(const Matrix& rows) {
  Vector out(rows[0].size());
  for (const Vector& row : rows) add(out, 1 / static_cast<double>(rows.size()), row);
  return out;
}

double mean_of(const Vector& values, size_t first, size_t last) {
  double sum = 0;
  for (size_t k = first; k < last; ++k) sum += values[k];
  return sum / static_cast<double>(last - first);
}

/// `reduce(sorted values)` in every coordinate.
Vector by_coordinate(const Matrix& rows, const std::function<double(Vector)>& reduce) {
  Vector out;
  for (size_t i = 0; i < rows[0].size(); ++i) {
    Vector values;
    for (const Vector& row : rows) values.push_back(row[i]);
    std::ranges::sort(values);
    out.push_back(reduce(values));
  }
  return out;
}

double trimmed(const Vector& sorted, size_t b) { return mean_of(sorted, b, sorted.size() - b); }
double median(const Vector& sorted) { return trimmed(sorted, (sorted.size() - 1) / 2); }

/// The mean of the `count` values nearest to the centre; of two at the same distance the smaller.
double mean_of_nearest(Vector sorted, double centre, size_t count) {
  std::ranges::stable_sort(sorted, {}, [centre](double x) { return std::abs(x - centre); });
  return mean_of(sorted, 0, count);
}

size_t liars(const Parameters& p, size_t caught, size_t most) {
  const auto f = p.find("f");
  if (f == p.end()) return most;
  const auto declared = static_cast<size_t>(f->second);
  return declared - std::min(declared, caught);
}

/// Indices of the rows in the order of their Krum scores among `left`.
std::vector<size_t> krum_order(const Matrix& rows, const std::vector<size_t>& left, size_t f) {
  std::map<size_t, double> score;
  for (const size_t i : left) {
    Vector distances;
    for (const size_t j : left)
      if (j != i) distances.push_back(squared_distance(rows[i], rows[j]));
    std::ranges::sort(distances);
    const size_t neighbours = std::min(left.size() > f + 3 ? left.size() - f - 2 : 1, left.size() - 1);
    for (size_t k = 0; k < neighbours; ++k) score[i] += distances[k];
  }
  auto order = left;
  std::ranges::stable_sort(order, {}, [&](size_t i) { return score[i]; });
  return order;
}

std::vector<size_t> everybody(size_t n) {
  std::vector<size_t> all;
  for (size_t k = 0; k < n; ++k) all.push_back(k);
  return all;
}

Matrix chosen(const Matrix& rows, const std::vector<size_t>& indices, size_t count) {
  Matrix out;
  for (size_t k = 0; k < count; ++k) out.push_back(rows[indices[k]]);
  return out;
}

Vector bulyan(const Matrix& rows, size_t f) {
  auto left = everybody(rows.size());
  Matrix selected;
  while (selected.size() < rows.size() - 2 * f) {
    const size_t best = krum_order(rows, left, f)[0];
    selected.push_back(rows[best]);
    std::erase(left, best);
  }
  return by_coordinate(selected, [&](const Vector& v) { return mean_of_nearest(v, median(v), v.size() - 2 * f); });
}

Vector geometric_median(const Matrix& rows, const Parameters& p) {
  const auto weighted = [&](const Vector& weights) {
    double sum = 0;
    for (const double w : weights) sum += w;
    Vector out(rows[0].size());
    for (size_t k = 0; k < rows.size(); ++k) add(out, weights[k] / sum, rows[k]);
    return out;
  };
  Vector weights;
  for (const Vector& a : rows) {
    Vector distances;
    for (const Vector& b : rows) distances.push_back(std::sqrt(squared_distance(a, b)));
    std::ranges::sort(distances);
    weights.push_back(1 / std::max(p.at("nu"), distances[rows.size() / 2]));
  }
  Vector z = weighted(weights);
  for (size_t t = 0; t < static_cast<size_t>(p.at("iterations")); ++t) {
    for (size_t k = 0; k < rows.size(); ++k)
      weights[k] = 1 / std::max(p.at("nu"), std::sqrt(squared_distance(rows[k], z)));
    z = weighted(weights);
  }
  return z;
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

Vector weighted_mean(const Matrix& rows, const Vector& weights) {
  Vector out(rows[0].size());
  double sum = 0;
  for (const double w : weights) sum += w;
  for (size_t k = 0; k < rows.size(); ++k)
    if (weights[k] != 0) add(out, weights[k] / sum, rows[k]);
  return out;
}

/// The mean of the first `count` of `order`.
Vector mean_of_first(const Matrix& rows, const std::vector<size_t>& order, size_t count, const Vector& shares) {
  Vector weights(rows.size());
  for (size_t k = 0; k < count; ++k) weights[order[k]] = shares[order[k]];
  return weighted_mean(rows, weights);
}

Vector rfa(const Matrix& rows, const Vector& shares, const Parameters& p) {
  Vector z = weighted_mean(rows, shares);
  for (size_t t = 0; t < static_cast<size_t>(p.at("iterations")); ++t) {
    Vector weights;
    for (size_t k = 0; k < rows.size(); ++k)
      weights.push_back(shares[k] / std::max(p.at("nu"), std::sqrt(squared_distance(rows[k], z))));
    z = weighted_mean(rows, weights);
  }
  return z;
}

Vector norm_clipping(const Matrix& rows, const Vector& shares, const Parameters& p) {
  Vector norms;
  for (const Vector& row : rows) norms.push_back(norm(row));
  Vector sorted = norms;
  std::ranges::sort(sorted);
  const double rank = std::ceil(p.at("quantile") * static_cast<double>(rows.size()));
  const double tau = p.contains("tau") ? p.at("tau") : sorted[static_cast<size_t>(std::max(rank, 1.0)) - 1];
  Matrix cut;
  for (size_t k = 0; k < rows.size(); ++k) cut.push_back(norms[k] > tau ? scaled(tau / norms[k], rows[k]) : rows[k]);
  return weighted_mean(cut, shares);
}

/// Calls `visit` with every set of `size` of n rows, in lexicographic order.
void for_each_subset(size_t n, size_t size, const std::function<void(const std::vector<size_t>&)>& visit) {
  auto subset = everybody(size);
  while (true) {
    visit(subset);
    size_t k = size;
    while (k > 0 && subset[k - 1] == n - size + k - 1) --k;
    if (k == 0) return;
    ++subset[k - 1];
    for (; k < size; ++k) subset[k] = subset[k - 1] + 1;
  }
}

/// The subset of n − f rows whose pairs, from the farthest, are the shortest.
std::vector<size_t> smallest_diameter(const Matrix& rows, size_t f) {
  const size_t n = rows.size();
  std::vector<std::pair<size_t, size_t>> pairs;
  Matrix distances(n, Vector(n));
  for (size_t i = 0; i < n; ++i)
    for (size_t j = i + 1; j < n; ++j) {
      pairs.emplace_back(i, j);
      distances[i][j] = squared_distance(rows[i], rows[j]);
    }
  std::ranges::stable_sort(pairs, std::greater<>(), [&](const auto& p) { return distances[p.first][p.second]; });
  std::vector<size_t> best;
  std::vector<bool> of_best;
  for_each_subset(n, n - f, [&](const std::vector<size_t>& subset) {
    std::vector<bool> in(n), holds;
    for (const size_t k : subset) in[k] = true;
    for (const auto& [i, j] : pairs) {
      holds.push_back(in[i] && in[j]);
      if (of_best.empty() || holds.back() == of_best[holds.size() - 1]) continue;
      if (holds.back()) return;  // farther than the best
      break;
    }
    if (!of_best.empty() && holds == of_best) return;
    holds.clear();
    for (const auto& [i, j] : pairs) holds.push_back(in[i] && in[j]);
    best = subset;
    of_best = holds;
  });
  return best;
}

/// The largest eigenvalue of a positive semidefinite matrix and its vector, by the power method from two starts. It
/// grows from step to step: beyond `enough` it ends.
std::pair<double, Vector> top(const Matrix& a, double enough = std::numeric_limits<double>::infinity()) {
  std::pair<double, Vector> best{0, Vector(a.size())};
  double scale = 0;
  for (const Vector& row : a)
    for (const double x : row) scale = std::max(scale, std::abs(x));
  if (!(scale > 0)) return best;
  Matrix unit;
  for (const Vector& row : a) unit.push_back(scaled(1 / scale, row));
  for (const double turn : {0.7, 2.3}) {
    Vector v;
    for (size_t k = 0; k < a.size(); ++k) v.push_back(1 + 0.9 * std::sin(turn * static_cast<double>(k * k + 1)));
    double before = 0;
    for (size_t step = 0; step < 100'000; ++step) {
      Vector next;
      const double length = norm(v);
      for (const Vector& row : unit) next.push_back(dot(row, v) / length);
      const double value = norm(next);
      const bool done = value <= 0 || (step > 50 && value - before <= 1e-16 * value) || value * scale > enough;
      before = value;
      v = next;
      if (done) break;
    }
    if (before * scale > best.first) best = {before * scale, norm(v) > 0 ? scaled(1 / norm(v), v) : v};
  }
  return best;
}

/// (n, n): √(w_i w_j) ⟨x_i − μ, x_j − μ⟩, w summing to 1 and μ being the mean by them.
Matrix weighted_gram(const Matrix& rows, const Vector& w) {
  const Vector mu = weighted_mean(rows, w);
  Matrix off, out(rows.size(), Vector(rows.size()));
  for (size_t k = 0; k < rows.size(); ++k) {
    off.push_back(Vector(mu.size()));
    if (w[k] == 0) continue;
    add(off[k], std::sqrt(w[k]), rows[k]);
    add(off[k], -std::sqrt(w[k]), mu);
  }
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < rows.size(); ++j) out[i][j] = dot(off[i], off[j]);
  return out;
}

std::vector<size_t> smallest_eigenvalue(const Matrix& rows, size_t f) {
  double smallest = std::numeric_limits<double>::infinity();
  std::vector<size_t> best;
  for_each_subset(rows.size(), rows.size() - f, [&](const std::vector<size_t>& subset) {
    const Matrix x = chosen(rows, subset, subset.size());
    const double value = top(weighted_gram(x, Vector(x.size(), 1 / static_cast<double>(x.size()))), smallest).first;
    if (!best.empty() && value >= smallest * (1 - 1e-12)) return;
    smallest = value;
    best = subset;
  });
  return best;
}

Vector caf(const Matrix& rows, size_t f) {
  Vector c(rows.size(), 1.0), best;
  double smallest = std::numeric_limits<double>::infinity();
  while (true) {
    double sum = 0;
    for (const double x : c) sum += x;
    if (!(sum > static_cast<double>(rows.size() - 2 * f))) break;
    const auto [value, vector] = top(weighted_gram(rows, scaled(1 / sum, c)));
    if (best.empty() || value < smallest) {
      smallest = value;
      best = c;
    }
    // The direction is Σ √c_k v_k (x_k − μ), and what a row has of it √λ v_k / √c_k.
    Vector tau(rows.size());
    double most = 0;
    for (size_t k = 0; k < rows.size(); ++k)
      if (c[k] > 0) most = std::max(most, tau[k] = vector[k] * vector[k] / c[k]);
    if (!(value > 0 && most > 0)) break;
    for (size_t k = 0; k < rows.size(); ++k) c[k] *= 1 - tau[k] / most;
  }
  return best.empty() ? mean(rows) : weighted_mean(rows, best);
}

Vector centered_clipping(const Matrix& rows, Vector v, const Vector& shares, const Parameters& p) {
  double sum = 0;
  for (const double share : shares) sum += share;
  for (size_t l = 0; l < static_cast<size_t>(p.at("iterations")); ++l) {
    Vector next = v;
    for (size_t k = 0; k < rows.size(); ++k) {
      const double distance = std::sqrt(squared_distance(rows[k], v));
      const double cut = distance > p.at("tau") ? p.at("tau") / distance : 1;
      for (size_t i = 0; i < v.size(); ++i) next[i] += cut * (rows[k][i] - v[i]) * shares[k] / sum;
    }
    v = next;
  }
  return v;
}

Vector fltrust(const Matrix& rows, const Vector& v) {
  Vector out(v.size());
  double sum = 0;
  for (const Vector& row : rows) {
    if (!(norm(row) > 0 && norm(v) > 0)) continue;
    const double trust = std::max(0.0, dot(row, v) / norm(row) / norm(v));
    add(out, trust * norm(v) / norm(row), row);
    sum += trust;
  }
  return sum > 0 ? scaled(1 / sum, out) : Vector(v.size());
}

Vector zeno(const Matrix& rows, const Vector& v, const Parameters& p) {
  Matrix accepted;
  for (const Vector& row : rows)
    if (dot(row, v) > p.at("eta") * dot(v, v) && dot(row, row) < (1 + p.at("rho")) * dot(v, v)) accepted.push_back(row);
  return accepted.empty() ? Vector(v.size()) : mean(accepted);
}

Matrix nnm(const Matrix& rows, size_t f) {
  Matrix out;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto order = everybody(rows.size());
    std::swap(order[0], order[i]);
    std::ranges::stable_sort(order, {}, [&](size_t k) { return squared_distance(rows[i], rows[k]); });
    out.push_back(mean(chosen(rows, order, rows.size() - f)));
  }
  return out;
}

Matrix bucketing(const Matrix& rows, const Parameters& p, uint64_t draw) {
  auto order = everybody(rows.size());
  Stream stream({.seed = draw, .role = Role::validator, .purpose = Purpose::partition});
  for (size_t k = rows.size(); k > 1; --k) std::swap(order[k - 1], order[stream.below(static_cast<uint32_t>(k))]);
  const auto f = p.find("f"), s = p.find("s");
  const size_t size = s != p.end()   ? static_cast<size_t>(s->second)
                      : f == p.end() ? 2
                                     : std::max<size_t>(1, rows.size() / (2 * static_cast<size_t>(f->second)));
  Matrix out;
  for (size_t first = 0; first < rows.size(); first += size) {
    Matrix bucket;
    for (size_t k = first; k < std::min(first + size, rows.size()); ++k) bucket.push_back(rows[order[k]]);
    out.push_back(mean(bucket));
  }
  return out;
}

Matrix clipped(const Matrix& rows, double radius) {
  Matrix out;
  for (const Vector& row : rows) out.push_back(norm(row) > radius ? scaled(radius / norm(row), row) : row);
  return out;
}

Matrix arc(const Matrix& rows, size_t f) {
  const size_t n = rows.size(), k = 2 * f * (n - f) / n;
  if (k == 0) return rows;
  Vector norms;
  for (const Vector& row : rows) norms.push_back(norm(row));
  std::ranges::sort(norms);
  return clipped(rows, norms[n - k - 1]);
}

Vector norms(const Matrix& rows) {
  Vector out;
  for (const Vector& row : rows) out.push_back(norm(row));
  return out;
}

double median_of(Vector values) {
  std::ranges::sort(values);
  return median(values);
}

Matrix table(const Matrix& rows, const std::function<double(const Vector&, const Vector&)>& entry) {
  Matrix out;
  for (const Vector& a : rows) {
    Vector& line = out.emplace_back();
    for (const Vector& b : rows) line.push_back(entry(a, b));
  }
  return out;
}

/// 1 − cos, for which nearly parallel rows are told apart by the difference of their directions; below 1e-12 they are not.
double cosine_distance(const Vector& a, const Vector& b) {
  if (!(norm(a) > 0 && norm(b) > 0)) return &a == &b ? 0 : 1;
  const double apart = squared_distance(scaled(1 / norm(a), a), scaled(1 / norm(b), b)) / 2;
  return apart <= 1e-12 ? 0 : apart;
}

Vector aksel(const Matrix& rows, size_t kept) {
  const Vector centre = by_coordinate(rows, median);
  auto order = everybody(rows.size());
  std::ranges::stable_sort(order, {}, [&](size_t k) { return squared_distance(rows[k], centre); });
  return mean(chosen(rows, order, kept));
}

Vector signsgd(const Matrix& rows, const Parameters& p) {
  return by_coordinate(rows, [&](const Vector& v) {
    double votes = 0;
    for (const double x : v) votes += (x > 0) - (x < 0);
    return votes > 0 ? p.at("step") : votes < 0 ? -p.at("step") : 0;
  });
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
  std::ranges::sort(all, [](const Peak& a, const Peak& b) { return a.crowd != b.crowd ? a.crowd > b.crowd : a.at > b.at; });
  for (const Peak& peak : all)
    if (std::ranges::none_of(peaks, [&](const Peak& p) { return apart(p.at, peak.at) <= width; })) peaks.push_back(peak);
  std::vector<std::vector<size_t>> clusters(peaks.size());
  for (size_t k = 0; k < n; ++k) {
    size_t best = 0;
    for (size_t p = 0; p < peaks.size(); ++p)
      if (apart(peaks[p].at, features[k]) < apart(peaks[best].at, features[k])) best = p;
    clusters[best].push_back(k);
  }
  return *std::ranges::max_element(clusters, {}, [](const auto& c) { return c.size(); });
}

Vector signguard(const Matrix& rows, const Parameters& p) {
  const Vector lengths = norms(rows);
  const double middle = median_of(lengths);
  Matrix kept;
  for (const size_t k : alike_in_signs(rows))
    if (lengths[k] >= p.at("lower") * middle && lengths[k] <= p.at("upper") * middle) kept.push_back(rows[k]);
  return kept.empty() ? Vector(rows[0].size()) : mean(clipped(kept, middle));
}

/// At the smallest threshold at which one of the graph's components has a majority, that component.
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

/// The right singular vector of the rows for their largest singular value, by powers.
Vector top_direction(const Matrix& rows) {
  Vector v(rows[0].size());
  for (size_t i = 0; i < v.size(); ++i) v[i] = std::cos(static_cast<double>(i));
  for (int t = 0; t < 20'000; ++t) {
    Vector next(v.size());
    for (const Vector& row : rows) add(next, dot(row, v), row);
    if (!(norm(next) > 0)) return v;
    next = scaled(1 / norm(next), next);
    const bool same = squared_distance(next, v) < 1e-28;
    v = next;
    if (same) break;
  }
  return v;
}

Vector dnc(const Matrix& rows, const Parameters& p, size_t f, uint64_t draw) {
  const size_t n = rows.size(), d = rows[0].size();
  const size_t good = n - std::min(static_cast<size_t>(p.at("c") * static_cast<double>(f)), n - 1);
  std::vector<size_t> left = everybody(n);
  for (uint32_t set = 0; set < static_cast<uint32_t>(p.at("iterations")); ++set) {
    const auto coordinates = drawn({.draw = draw, .whole = d}, d, set, static_cast<size_t>(p.at("r")));
    Matrix part;
    for (const Vector& row : rows) {
      Vector& numbers = part.emplace_back();
      for (const size_t i : coordinates) numbers.push_back(row[i]);
    }
    const Vector centre = mean(part);
    double largest = 0;
    for (Vector& row : part) {
      add(row, -1, centre);
      largest = std::max(largest, norm(row));
    }
    for (Vector& row : part) row = scaled(largest > 0 ? 1 / largest : 0, row);
    const Vector v = top_direction(part);
    auto order = everybody(n);
    std::ranges::stable_sort(order, {}, [&](size_t k) { return dot(part[k], v) * dot(part[k], v); });
    std::erase_if(left, [&](size_t k) { return std::find(order.begin(), order.begin() + static_cast<ptrdiff_t>(good), k) == order.begin() + static_cast<ptrdiff_t>(good); });
  }
  return left.empty() ? Vector(d) : mean(chosen(rows, left, left.size()));
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
