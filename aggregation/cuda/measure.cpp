// What the processor does with the sums of the card's kernels: as kernels/measure.cpp.
#include <algorithm>
#include <cmath>
#include <utility>

#include "aggregation/arrivals.hpp"
#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/cuda/device_array.hpp"
#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/parts.hpp"

namespace zenops::cuda {
namespace {

class Measurer {
 public:
  Measurer(Device& device, size_t size) : device_(device), size_(size) { device.parts().use(); }

  /// By triangle(), then the points' own.
  std::vector<Folded> table(std::span<const float* const> points) {
    const size_t sums = triangle(points.size(), 0) + points.size();
    return folded(points, sums, "comparing",
                  [](const SumsArguments& a, cudaStream_t stream) { chunk_table(a, stream); });
  }

  /// What is known of each point by itself and beside a trusted row.
  struct Alone {
    std::vector<Folded> squares = {}, products = {}, gaps = {}, above = {}, below = {};  // (points), where asked for
  };
  /// Without a trusted row there are neither products nor gaps.
  Alone alone(std::span<const float* const> points, const float* trusted, bool gaps = false, bool signs = false) {
    Alone out;
    gaps = gaps && trusted;
    for (size_t first = 0; first < points.size(); first += kMostPoints) {
      const auto some = points.subspan(first, std::min<size_t>(kMostPoints, points.size() - first));
      const auto found = folded(some, kinds_beside(trusted, gaps, signs) * some.size(), "measuring",
                                [trusted, gaps, signs](const SumsArguments& a, cudaStream_t stream) {
                                  chunk_products(a, trusted, gaps, signs, stream);
                                });
      auto from = found.begin();
      const auto take = [&](std::vector<Folded>& to) {
        const auto end = from + static_cast<std::ptrdiff_t>(some.size());
        to.insert(to.end(), from, end);
        from = end;
      };
      take(out.squares);
      if (trusted) take(out.products);
      if (gaps) take(out.gaps);
      if (!signs) continue;
      take(out.above);
      take(out.below);
    }
    return out;
  }

  using Pair = std::pair<const float*, const float*>;
  std::vector<InDouble> in_double(const std::vector<Pair>& pairs) {
    std::vector<InDouble> out;
    for (size_t first = 0; first < pairs.size(); first += kMostPairs) {
      const size_t count = std::min<size_t>(kMostPairs, pairs.size() - first);
      const DeviceArray<InDouble> lanes(device_, count * kLanes);
      PairArguments a{};
      for (size_t k = 0; k < count; ++k) std::tie(a.left.at[k], a.right.at[k]) = pairs[first + k];
      a.pairs = static_cast<uint32_t>(count);
      a.size = size_;
      a.out = lanes.data();
      cuda::in_double(a, device_.parts().stream);
      device_.parts().launched("measuring in double");
      const auto all = lanes.downloaded();
      for (size_t k = 0; k < count; ++k) out.push_back(sum_of(all.data() + k * kLanes));
    }
    return out;
  }

 private:
  static InDouble sum_of(const InDouble* lanes) {
    double squares[kLanes], products[kLanes], distances[kLanes];
    for (size_t lane = 0; lane < kLanes; ++lane) {
      squares[lane] = lanes[lane].squares;
      products[lane] = lanes[lane].products;
      distances[lane] = lanes[lane].distance;
    }
    return {sum_lanes(squares), sum_lanes(products), sum_lanes(distances)};
  }

  /// Chunks are taken so many at a time that their parts have room.
  template <class Launch>
  std::vector<Folded> folded(std::span<const float* const> points, size_t sums, const char* doing, Launch launch) {
    constexpr size_t room = 128 * 1024 * 1024, most = 32768;
    if (points.empty()) return {};
    const size_t chunks = (size_ + kChunk - 1) / kChunk, each = sums * kLanes,
                 together = std::clamp<size_t>(room / (each * sizeof(float)), 1, std::clamp<size_t>(chunks, 1, most));
    const DeviceArray<Folded> out(device_, sums);
    const DeviceArray<float> parts(device_, together * each);
    out.zero();
    SumsArguments a{};
    std::copy(points.begin(), points.end(), a.points.at);
    a.count = static_cast<uint32_t>(points.size());
    a.size = size_;
    a.parts = parts.data();
    for (size_t first = 0; first < chunks; first += together) {
      a.first_chunk = first;
      a.chunks = static_cast<uint32_t>(std::min(together, chunks - first));
      launch(a, device_.parts().stream);
      fold(out.data(), parts.data(), a.chunks, static_cast<uint32_t>(sums), device_.parts().stream);
      device_.parts().launched(doing + (" " + std::to_string(points.size())) + " rows");
    }
    return out.downloaded();
  }

  Device& device_;
  size_t size_;
};

/// Rows whose squares are of no use in float are measured in double.
DotsOf dots_of(Measurer& measurer, size_t size) {
  return [&measurer, size](std::span<const float* const> rows, const float* with) {
    const auto sums = measurer.alone(rows, with);
    std::vector<double> out;
    for (size_t k = 0; k < rows.size(); ++k) {
      const double dot = sums.products[k].total;
      out.push_back(well_scaled(sums.squares[k].total, size) && std::isfinite(dot)
                        ? dot
                        : measurer.in_double({{rows[k], with}})[0].products);
    }
    return out;
  };
}

/// The table of all points; likewise in double where floats are of no use.
Arrivals measured_table(Measurer& measurer, std::span<const float* const> points, size_t size) {
  Arrivals out{.points = {points.begin(), points.end()}};
  const auto table = measurer.table(points);
  std::vector<Measurer::Pair> pairs, alone;
  std::vector<size_t> at, whose;
  for (size_t i = 0; i < points.size(); ++i) {
    out.squared_norms.push_back(table[triangle(points.size(), 0) + i].total);
    if (points[i] && !well_scaled(out.squared_norms[i], size)) {
      alone.emplace_back(points[i], points[i]);
      whose.push_back(i);
    }
    for (size_t j = 0; j < i; ++j) {
      out.distances.push_back(sum_lanes(table[triangle(i, j)].lanes));
      if (well_scaled(out.distances.back(), size)) continue;
      pairs.emplace_back(points[i], points[j]);
      at.push_back(triangle(i, j));
    }
  }
  const auto norms = measurer.in_double(alone), distances = measurer.in_double(pairs);
  for (size_t k = 0; k < whose.size(); ++k) out.squared_norms[whose[k]] = norms[k].squares;
  for (size_t k = 0; k < at.size(); ++k) out.distances[at[k]] = distances[k].distance;
  return out;
}

/// Norms, and products with the trusted row if there is one, the last of the points.
Products products_of(Measurer& measurer, const Measurer::Alone& sums, std::span<const float* const> rows,
                     const float* trusted, size_t size) {
  const size_t n = rows.size();
  Products out;
  bool trust_floats = true;
  if (trusted) {
    trust_floats = well_scaled(sums.squares[n].total, size);
    out.trusted_squared_norm =
        trust_floats ? sums.squares[n].total : measurer.in_double({{trusted, trusted}})[0].squares;
  }
  std::vector<Measurer::Pair> inexact;
  std::vector<size_t> at;
  for (size_t k = 0; k < n; ++k) {
    out.squared_norms.push_back(sums.squares[k].total);
    if (trusted) out.dots.push_back(sums.products[k].total);
    const bool finite = !trusted || std::isfinite(out.dots[k]);
    if (!rows[k] || (trust_floats && well_scaled(out.squared_norms[k], size) && finite)) continue;
    inexact.emplace_back(rows[k], trusted ? trusted : rows[k]);
    at.push_back(k);
  }
  const auto exact = measurer.in_double(inexact);
  for (size_t k = 0; k < at.size(); ++k) {
    out.squared_norms[at[k]] = exact[k].squares;
    if (trusted) out.dots[at[k]] = exact[k].products;
  }
  return out;
}

/// Distances of the rows from the trusted one, as float sums have them, once more in double where those are of no use.
void set_gaps(Products& products, Measurer& measurer, std::vector<double> gaps, std::span<const float* const> rows,
              const float* trusted, size_t size) {
  std::vector<Measurer::Pair> inexact;
  std::vector<size_t> at;
  for (size_t k = 0; k < rows.size(); ++k) {
    if (!rows[k]) gaps[k] = products.trusted_squared_norm;
    if (!rows[k] || well_scaled(gaps[k], size)) continue;
    inexact.emplace_back(rows[k], trusted);
    at.push_back(k);
  }
  const auto exact = measurer.in_double(inexact);
  for (size_t k = 0; k < at.size(); ++k) gaps[at[k]] = exact[k].distance;
  products.gaps = std::move(gaps);
}

/// Exact counts.
void set_signs(Products& products, const Measurer::Alone& sums, size_t rows) {
  for (size_t k = 0; k < rows; ++k) {
    products.positives.push_back(sums.above[k].total);
    products.negatives.push_back(sums.below[k].total);
  }
}

}  // namespace

std::string objection(size_t points, bool table) {
  if (!table || points <= kMostPoints) return {};
  return "more than " + std::to_string(kMostPoints) + " rows are not compared with each other on a card";
}

Products measure(Device& device, std::span<const float* const> rows, const float* trusted, size_t size, bool table,
                 bool signs, bool gaps) {
  Measurer measurer(device, size);
  std::vector<const float*> points(rows.begin(), rows.end());
  if (trusted) points.push_back(trusted);
  if (!table) {
    const auto sums = measurer.alone(points, trusted, gaps, signs);
    Products out = products_of(measurer, sums, rows, trusted, size);
    if (signs) set_signs(out, sums, rows.size());
    std::vector<double> distances;
    for (size_t k = 0; k < rows.size() && gaps && trusted; ++k) distances.push_back(sum_lanes(sums.gaps[k].lanes));
    if (gaps && trusted) set_gaps(out, measurer, std::move(distances), rows, trusted, size);
    return out;
  }
  if (const std::string why = objection(points.size(), table); !why.empty())
    throw Error(why + ": leave them to the processor");
  const Arrivals arrivals = measured_table(measurer, points, size);
  Products out = arranged(arrivals, trusted != nullptr, dots_of(measurer, size));
  if (signs) set_signs(out, measurer.alone(rows, nullptr, false, true), rows.size());
  if (gaps && trusted) {
    const auto last = arrivals.distances.end() - static_cast<std::ptrdiff_t>(rows.size());
    set_gaps(out, measurer, {last, arrivals.distances.end()}, rows, trusted, size);
  }
  return out;
}

void baseline::pairwise_distances(Device& device, std::span<const float* const> rows, size_t size,
                                  std::span<double> out) {
  device.parts().use();
  const DeviceArray<double> sums(device, out.size());
  sums.zero();
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      one_pair(rows[i], rows[j], size, sums.data() + triangle(i, j), device.parts().stream);
  device.parts().launched("comparing pair by pair");
  std::ranges::copy(sums.downloaded(), out.begin());
}

}  // namespace zenops::cuda
