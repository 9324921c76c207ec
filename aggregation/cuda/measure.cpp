// What the processor does with the sums of the card's kernels: as kernels/measure.cpp.
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <utility>

#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/parts.hpp"

namespace zenops::cuda {
namespace {

/// Whether float squares neither overflowed nor lost their digits to underflow.
bool well_scaled(double squared_norm, size_t size) {
  return squared_norm <= DBL_MAX && squared_norm >= static_cast<double>(size) * FLT_MIN;
}

/// Numbers of any kind on a card.
template <class T>
class DeviceArray {
 public:
  DeviceArray(Device& device, size_t size)
      : device_(device), size_(size), row_(device.make(size * sizeof(T) / sizeof(float))) {
    static_assert(sizeof(T) % sizeof(float) == 0);
  }
  T* data() const { return reinterpret_cast<T*>(row_.data()); }
  void zero() const {
    check(cudaMemsetAsync(data(), 0, size_ * sizeof(T), device_.parts().stream), device_.parts().whose);
  }
  std::vector<T> downloaded() const {
    std::vector<T> out(size_);
    device_.download(row_.data(), {reinterpret_cast<float*>(out.data()), size_ * sizeof(T) / sizeof(float)});
    return out;
  }

 private:
  Device& device_;
  size_t size_;
  DeviceRow row_;
};

class Measurer {
 public:
  Measurer(Device& device, size_t size) : device_(device), size_(size) { device.parts().use(); }

  /// By triangle(), then the points' own.
  std::vector<Folded> table(std::span<const float* const> points) {
    const size_t sums = triangle(points.size(), 0) + points.size();
    return folded(points, sums, "comparing",
                  [](const SumsArguments& a, cudaStream_t stream) { chunk_table(a, stream); });
  }

  /// The points' own, then with a trusted row their products with it.
  std::vector<Folded> products(std::span<const float* const> points, const float* trusted) {
    std::vector<Folded> own, with_trusted;
    for (size_t first = 0; first < points.size(); first += kMostPoints) {
      const auto some = points.subspan(first, std::min<size_t>(kMostPoints, points.size() - first));
      const auto found =
          folded(some, (trusted ? 2 : 1) * some.size(), "measuring",
                 [trusted](const SumsArguments& a, cudaStream_t stream) { chunk_products(a, trusted, stream); });
      const auto middle = found.begin() + static_cast<std::ptrdiff_t>(some.size());
      own.insert(own.end(), found.begin(), middle);
      with_trusted.insert(with_trusted.end(), middle, found.end());
    }
    own.insert(own.end(), with_trusted.begin(), with_trusted.end());
    return own;
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

/// Distances whose float squares are of no use are taken in double.
void set_distances(Measurer& measurer, std::span<const float* const> points, const std::vector<Folded>& table,
                   size_t size, Products& products) {
  std::vector<Measurer::Pair> pairs;
  std::vector<size_t> at;
  for (size_t i = 0; i < points.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      products.distances.push_back(sum_lanes(table[triangle(i, j)].lanes));
      if (well_scaled(products.distances.back(), size)) continue;
      pairs.emplace_back(points[i], points[j]);
      at.push_back(triangle(i, j));
    }
  const auto exact = measurer.in_double(pairs);
  for (size_t k = 0; k < at.size(); ++k) products.distances[at[k]] = exact[k].distance;
}

/// Inner products follow from the distances, but not between rows of very different length, where the longer would cost
/// the shorter its digits.
void set_inner(Measurer& measurer, std::span<const float* const> points, size_t n, size_t size, Products& products) {
  constexpr double alike = 64;
  const auto norm = [&](size_t i) { return i < n ? products.squared_norms[i] : products.trusted_squared_norm; };
  for (size_t i = 0; i < points.size(); ++i) {
    std::vector<double>& dots = i < n ? products.inner : products.dots;
    std::vector<size_t> apart;  // where among `dots` what is yet to be measured belongs
    std::vector<const float*> rows;
    for (size_t j = 0; j < i; ++j) {
      const double a = norm(i), b = norm(j);
      const bool zero = a == 0 || b == 0, exact_enough = a <= alike * b && b <= alike * a;
      if (!zero && !exact_enough) {
        apart.push_back(dots.size());
        rows.push_back(points[j]);
      }
      dots.push_back(zero ? 0 : (a + b - products.distances[triangle(i, j)]) / 2);
    }
    if (rows.empty()) continue;
    const auto sums = measurer.products(rows, points[i]);
    for (size_t k = 0; k < rows.size(); ++k) {
      const double squares = sums[k].total, dot = sums[rows.size() + k].total;
      dots[apart[k]] = well_scaled(squares, size) && std::isfinite(dot)
                           ? dot
                           : measurer.in_double({{rows[k], points[i]}})[0].products;
    }
  }
}

}  // namespace

Products measure(Device& device, std::span<const float* const> rows, const float* trusted, size_t size, bool table) {
  const size_t n = rows.size();
  std::vector<const float*> points(rows.begin(), rows.end());
  if (trusted) points.push_back(trusted);
  if (table && points.size() > kMostPoints)
    throw Error("the card compares at most " + std::to_string(kMostPoints) + " rows with each other, and there are " +
                std::to_string(points.size()) + ": leave them to the processor");
  Measurer measurer(device, size);
  const std::vector<Folded> pairs = table ? measurer.table(points) : std::vector<Folded>(),
                            alone = table ? std::vector<Folded>() : measurer.products(points, trusted);
  std::vector<double> norms(points.size()), dots(points.size());
  for (size_t k = 0; k < points.size(); ++k) {
    norms[k] = (table ? pairs[triangle(points.size(), 0) + k] : alone[k]).total;
    if (trusted && !table) dots[k] = alone[points.size() + k].total;
  }
  Products out;
  bool trust_floats = true;  // for products with the trusted row
  if (trusted) {
    const bool exact_enough = well_scaled(norms[n], size);
    out.trusted_squared_norm = exact_enough ? norms[n] : measurer.in_double({{trusted, trusted}})[0].squares;
    trust_floats = table || exact_enough;
  }
  std::vector<Measurer::Pair> inexact;
  std::vector<size_t> at;
  for (size_t k = 0; k < n; ++k) {
    if (!rows[k] || (trust_floats && well_scaled(norms[k], size) && std::isfinite(dots[k]))) continue;
    inexact.emplace_back(rows[k], trusted ? trusted : rows[k]);
    at.push_back(k);
  }
  const auto exact = measurer.in_double(inexact);
  for (size_t k = 0; k < at.size(); ++k) {
    norms[at[k]] = exact[k].squares;
    dots[at[k]] = exact[k].products;
  }
  out.squared_norms.assign(norms.begin(), norms.begin() + static_cast<std::ptrdiff_t>(n));
  if (trusted && !table) out.dots.assign(dots.begin(), dots.begin() + static_cast<std::ptrdiff_t>(n));
  if (table) {
    set_distances(measurer, points, pairs, size, out);
    set_inner(measurer, points, n, size, out);
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
