#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <utility>

#include "aggregation/geometry.hpp"
#include "aggregation/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/measure.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/highway.h"

#ifndef ZENOPS_MEASURE_ONCE
#define ZENOPS_MEASURE_ONCE
namespace zenops {

/// Element i of a row is added to lane i mod kLanes, whatever the machine's vectors are.
inline constexpr size_t kLanes = 16;
/// Lanes are emptied into doubles this often: 64 additions in float cost a sum no digit that a rule looks at.
inline constexpr size_t kFlush = 1024;

/// ‖u‖² and ⟨u, v⟩.
struct NormAndDot {
  double squared_norm = 0, dot = 0;
};

/// Numbers above zero and below.
struct Signs {
  uint64_t positive = 0, negative = 0;
};

/// What one call measures, and where the sums go.
struct Measuring {
  std::span<const float* const> points;  // null: a row of zeros
  const float* trusted;                  // null: none
  size_t size;
  NormAndDot* sums;             // (points)
  std::array<double, kLanes>* pairs;  // by triangle(); null when distances are not wanted
  Signs* signs = nullptr;             // (points); null when they are not wanted
  std::array<double, kLanes>* gaps = nullptr;  // (points): of the distance to the trusted row; null when they are not wanted
};

template <class T>
double sum_lanes(const T* lanes) {
  double sum = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) sum += lanes[lane];
  return sum;
}

}  // namespace zenops
#endif

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

using Lanes = hn::CappedTag<float, kLanes>;
using V = hn::Vec<Lanes>;
inline constexpr size_t kVectors = kLanes / hn::MaxLanes(Lanes());

/// The sums of up to kFlush elements. u and v hold `size` floats each.
NormAndDot measure_chunk(const float* u, const float* v, size_t size) {
  const Lanes d;
  V squares[kVectors], products[kVectors];
  for (size_t k = 0; k < kVectors; ++k) squares[k] = products[k] = hn::Zero(d);
  const auto add = [&](const float* x, const float* y) {
    for (size_t k = 0; k < kVectors; ++k) {
      const V a = hn::LoadU(d, x + k * hn::Lanes(d));
      squares[k] = fused(d, a, a, squares[k]);
      products[k] = fused(d, a, hn::LoadU(d, y + k * hn::Lanes(d)), products[k]);
    }
  };
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) add(u + i, v + i);
  if (i < size) {
    float x[kLanes] = {}, y[kLanes] = {};
    for (size_t k = 0; i + k < size; ++k) {
      x[k] = u[i + k];
      y[k] = v[i + k];
    }
    add(x, y);
  }
  HWY_ALIGN float a[kLanes], b[kLanes];
  for (size_t k = 0; k < kVectors; ++k) {
    hn::Store(squares[k], d, a + k * hn::Lanes(d));
    hn::Store(products[k], d, b + k * hn::Lanes(d));
  }
  return {sum_lanes(a), sum_lanes(b)};
}

/// Comparisons see denormal numbers as they are.
Signs count_signs(const float* u, size_t size) {
  const hn::ScalableTag<float> d;
  const auto zero = hn::Zero(d);
  Signs out;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    const auto x = hn::LoadU(d, u + i);
    out.positive += hn::CountTrue(d, hn::Gt(x, zero));
    out.negative += hn::CountTrue(d, hn::Lt(x, zero));
  }
  for (; i < size; ++i) {
    out.positive += u[i] > 0;
    out.negative += u[i] < 0;
  }
  return out;
}

/// Distances of `rows` × `columns` points, or with `diagonal` of every pair of `rows`, over up to kFlush elements. Every pair has
/// kLanes sums whatever the tile is.
template <size_t rows, size_t columns, bool diagonal>
void distances_tile(const float* const* chunks, size_t first_row, size_t first_column, size_t size,
                    std::array<double, kLanes>* pairs) {
  const Lanes d;
  V sums[rows][columns][kVectors];
#pragma GCC unroll 8
  for (size_t r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (size_t c = 0; c < columns; ++c)
#pragma GCC unroll 16
      for (size_t v = 0; v < kVectors; ++v) sums[r][c][v] = hn::Zero(d);
  const float* x[rows];
  const float* y[columns];
  for (size_t r = 0; r < rows; ++r) x[r] = chunks[first_row + r];
  for (size_t c = 0; c < columns; ++c) y[c] = chunks[first_column + c];
  for (size_t i = 0; i < size; i += kLanes) {
#pragma GCC unroll 16
    for (size_t v = 0; v < kVectors; ++v) {
      const size_t at = i + v * hn::Lanes(d);
      V right[columns];
#pragma GCC unroll 8
      for (size_t c = 0; c < columns; ++c) right[c] = hn::LoadU(d, y[c] + at);
#pragma GCC unroll 8
      for (size_t r = 0; r < rows; ++r) {
        const V left = diagonal ? right[r] : hn::LoadU(d, x[r] + at);
#pragma GCC unroll 8
        for (size_t c = 0; c < (diagonal ? r : columns); ++c) {
          const V difference = hn::Sub(left, right[c]);
          sums[r][c][v] = fused(d, difference, difference, sums[r][c][v]);
        }
      }
    }
  }
  HWY_ALIGN float lanes[kLanes];
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < (diagonal ? r : columns); ++c) {
      for (size_t v = 0; v < kVectors; ++v) hn::Store(sums[r][c][v], d, lanes + v * hn::Lanes(d));
      auto& pair = pairs[triangle(first_row + r, first_column + c)];
      for (size_t lane = 0; lane < kLanes; ++lane) pair[lane] += double{lanes[lane]};
    }
}

/// As many as the registers hold sums for.
inline constexpr size_t kTile = hn::MaxLanes(Lanes()) == kLanes ? 4 : 2;

template <size_t... sizes>
void distances_row(const float* const* chunks, size_t row, size_t rows, size_t size, std::array<double, kLanes>* pairs,
                   std::index_sequence<sizes...>) {
  using Tile = void (*)(const float* const*, size_t, size_t, size_t, std::array<double, kLanes>*);
  static constexpr Tile full[] = {distances_tile<sizes + 1, kTile, false>...};
  static constexpr Tile own[] = {distances_tile<sizes + 1, sizes + 1, true>...};
  for (size_t column = 0; column < row; column += kTile) full[rows - 1](chunks, row, column, size, pairs);
  own[rows - 1](chunks, row, row, size, pairs);
}

/// chunks: every point's next elements, `size` of them, a multiple of kLanes.
void distances_chunk(const float* const* chunks, size_t points, size_t size, std::array<double, kLanes>* pairs) {
  for (size_t row = 0; row < points; row += kTile)
    distances_row(chunks, row, points - row < kTile ? points - row : kTile, size, pairs, std::make_index_sequence<kTile>());
}

/// The distance of two points over up to kFlush elements.
void add_gap(const float* u, const float* v, size_t size, std::array<double, kLanes>& sums) {
  const size_t whole = size / kLanes * kLanes;
  const float* points[] = {v, u};
  distances_tile<1, 1, false>(points, 1, 0, whole, &sums);
  if (whole == size) return;
  float x[kLanes] = {}, y[kLanes] = {};
  std::memcpy(x, u + whole, (size - whole) * sizeof(float));
  std::memcpy(y, v + whole, (size - whole) * sizeof(float));
  const float* rest[] = {y, x};
  distances_tile<1, 1, false>(rest, 1, 0, kLanes, &sums);
}

void measure_points(const Measuring& m) {
  HWY_ALIGN static constexpr float zeros[kFlush] = {};
  const size_t points = m.points.size();
  std::vector<const float*> chunks(points);
  std::vector<float> padded;
  for (size_t i = 0; i < m.size; i += kFlush) {
    const size_t length = m.size - i < kFlush ? m.size - i : kFlush;
    for (size_t k = 0; k < points; ++k) {
      const float* row = m.points[k];
      chunks[k] = row ? row + i : zeros;
      if (!row) continue;
      const auto [squared_norm, dot] = measure_chunk(row + i, m.trusted ? m.trusted + i : row + i, length);
      m.sums[k].squared_norm += squared_norm;
      m.sums[k].dot += dot;
      if (m.gaps) add_gap(row + i, m.trusted + i, length, m.gaps[k]);
      if (!m.signs) continue;
      const Signs signs = count_signs(row + i, length);
      m.signs[k].positive += signs.positive;
      m.signs[k].negative += signs.negative;
    }
    if (!m.pairs) continue;
    size_t whole = length;
    if (const size_t rest = length % kLanes; rest > 0) {
      whole += kLanes - rest;
      padded.assign(points * whole, 0.0f);
      for (size_t k = 0; k < points; ++k) {
        std::memcpy(padded.data() + k * whole, chunks[k], length * sizeof(float));
        chunks[k] = padded.data() + k * whole;
      }
    }
    distances_chunk(chunks.data(), points, whole, m.pairs);
  }
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(measure_points);

namespace {

/// The same lanes in double, where the square of any float is exact.
NormAndDot measure_in_double(const float* u, const float* v, size_t size) {
  double squares[kLanes] = {}, products[kLanes] = {};
  for (size_t i = 0; i < size; ++i) {
    squares[i % kLanes] += double{u[i]} * u[i];
    products[i % kLanes] += double{u[i]} * v[i];
  }
  return {sum_lanes(squares), sum_lanes(products)};
}

double distance_in_double(const float* u, const float* v, size_t size) {
  double squares[kLanes] = {};
  for (size_t i = 0; i < size; ++i) {
    const double difference = (u ? double{u[i]} : 0) - (v ? double{v[i]} : 0);
    squares[i % kLanes] += difference * difference;
  }
  return sum_lanes(squares);
}

/// Whether float squares neither overflowed nor lost their digits to underflow.
bool well_scaled(double squared_norm, size_t size) {
  return squared_norm <= DBL_MAX && squared_norm >= static_cast<double>(size) * FLT_MIN;
}

bool same(const float* u, const float* v, size_t size) { return u && v && std::memcmp(u, v, size * sizeof(float)) == 0; }

double dot_of(const float* u, const float* v, size_t size) {
  if (!u || !v) return 0;
  NormAndDot sums;
  HWY_DYNAMIC_DISPATCH(measure_points)({.points = {&u, 1}, .trusted = v, .size = size, .sums = &sums, .pairs = nullptr});
  const bool exact_enough = well_scaled(sums.squared_norm, size) && std::isfinite(sums.dot);
  return exact_enough ? sums.dot : measure_in_double(u, v, size).dot;
}

/// The distances, and the inner products that follow from them; but not between rows of very different length, where the longer
/// would cost the shorter its digits.
void finish_table(std::span<const float* const> points, size_t n, size_t size, std::vector<std::array<double, kLanes>>& lanes,
                  Products& products) {
  for (size_t i = 0; i < points.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      double distance = sum_lanes(lanes[triangle(i, j)].data());
      if (!well_scaled(distance, size))
        distance = same(points[i], points[j], size) ? 0 : distance_in_double(points[i], points[j], size);
      products.distances.push_back(distance);
    }
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < i; ++j) {
      const double a = products.squared_norms[i], b = products.squared_norms[j];
      constexpr double alike = 64;
      if (a <= alike * b && b <= alike * a)
        products.inner.push_back((a + b - products.distances[triangle(i, j)]) / 2);
      else
        products.inner.push_back(dot_of(points[i], points[j], size));
    }
}

}  // namespace

Products measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table, bool with_signs,
                 bool with_gaps) {
  const size_t n = rows.size();
  std::vector<const float*> points(rows.begin(), rows.end());
  if (trusted) points.push_back(trusted);
  std::vector<NormAndDot> sums(points.size());
  std::vector<std::array<double, kLanes>> lanes(table ? triangle(points.size(), 0) : 0);
  std::vector<Signs> signs(with_signs ? points.size() : 0);
  const bool apart = with_gaps && trusted;
  std::vector<std::array<double, kLanes>> gaps(apart ? points.size() : 0);
  HWY_DYNAMIC_DISPATCH(measure_points)({.points = points,
                                        .trusted = trusted,
                                        .size = size,
                                        .sums = sums.data(),
                                        .pairs = table ? lanes.data() : nullptr,
                                        .signs = with_signs ? signs.data() : nullptr,
                                        .gaps = apart ? gaps.data() : nullptr});
  Products products;
  bool trust_floats = true;
  if (trusted) {
    trust_floats = well_scaled(sums[n].squared_norm, size);
    if (!trust_floats) sums[n] = measure_in_double(trusted, trusted, size);
    products.trusted_squared_norm = sums[n].squared_norm;
  }
  for (size_t k = 0; k < n; ++k) {
    const bool exact_enough = trust_floats && well_scaled(sums[k].squared_norm, size) && std::isfinite(sums[k].dot);
    if (rows[k] && !exact_enough) sums[k] = measure_in_double(rows[k], trusted ? trusted : rows[k], size);
    products.squared_norms.push_back(sums[k].squared_norm);
    if (trusted) products.dots.push_back(sums[k].dot);
  }
  for (size_t k = 0; with_signs && k < n; ++k) {
    products.positives.push_back(static_cast<double>(signs[k].positive));
    products.negatives.push_back(static_cast<double>(signs[k].negative));
  }
  for (size_t k = 0; apart && k < n; ++k) {
    double gap = rows[k] ? sum_lanes(gaps[k].data()) : products.trusted_squared_norm;
    if (rows[k] && !well_scaled(gap, size)) gap = same(rows[k], trusted, size) ? 0 : distance_in_double(rows[k], trusted, size);
    products.gaps.push_back(gap);
  }
  if (table) finish_table(points, n, size, lanes, products);
  return products;
}

}  // namespace zenops
#endif
