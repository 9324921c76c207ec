#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "aggregation/arrivals.hpp"
#include "aggregation/kernels/ask.hpp"
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
/// Lanes are emptied into doubles this often: 256 additions in float cost a sum no digit that a rule looks at.
inline constexpr size_t kFlush = 4096;
/// Elements of all points that are compared while they are in the nearest caches.
inline constexpr size_t kBlock = 512;

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
  std::span<const float* const> points = {};  // null: a row of zeros
  const float* trusted = nullptr;             // null: none
  size_t size = 0;
  NormAndDot* sums = nullptr;                   // (points); dot products only without pairs
  std::array<double, kLanes>* pairs = nullptr;  // by triangle(); null when distances are not wanted
  size_t first = 0;                             // with pairs: so many points were measured, the others are beside all
  Signs* signs = nullptr;                       // (points); null when they are not wanted
  std::array<double, kLanes>* gaps = nullptr;   // (points): of the distance to the trusted row; null when not wanted
};

/// In pairs, which is quicker than one after the other and no less exact.
template <class T>
double sum_lanes(const T* lanes) {
  double sums[kLanes];
  for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] = lanes[lane];
  for (size_t half = kLanes / 2; half > 0; half /= 2)
    for (size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  return sums[0];
}

}  // namespace zenops
#endif

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

using Lanes = hn::CappedTag<float, kLanes>;
using V = hn::Vec<Lanes>;
inline constexpr size_t kVectors = kLanes / hn::MaxLanes(Lanes());

/// Rows that are measured side by side, as many as there are registers for: one after the other they would wait for
/// their own sums, and the memory's own foresight follows a few rows better than one.
inline constexpr size_t kSide = kVectors == 1 ? 5 : kVectors == 2 ? 2 : 1;
/// Elements of a trusted row that stay in the second cache while one group of rows after the other is measured beside
/// them.
inline constexpr size_t kStretch = 4 * kFlush;

/// Adds the sums of up to kFlush elements of each row, their products with v's only if v is not null.
template <size_t rows, bool dots>
void measure_chunk(const float* const* u, const float* v, size_t size, NormAndDot* const* sums) {
  const Lanes d;
  V squares[rows][kVectors], products[rows][kVectors];
  for (size_t r = 0; r < rows; ++r)
    for (size_t k = 0; k < kVectors; ++k) squares[r][k] = products[r][k] = hn::Zero(d);
  const auto add = [&](const float* const* x, const float* y, size_t i) {
#pragma GCC unroll 4
    for (size_t k = 0; k < kVectors; ++k) {
      const size_t at = i + k * hn::Lanes(d);
      const V b = dots ? hn::LoadU(d, y + at) : hn::Zero(d);
#pragma GCC unroll 8
      for (size_t r = 0; r < rows; ++r) {
        const V a = hn::LoadU(d, x[r] + at);
        squares[r][k] = fused(d, a, a, squares[r][k]);
        if constexpr (dots) products[r][k] = fused(d, a, b, products[r][k]);
      }
    }
  };
  const float* x[rows];
  for (size_t r = 0; r < rows; ++r) x[r] = u[r];
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) add(x, v, i);
  if (i < size) {
    float last[rows + 1][kLanes] = {};
    for (size_t r = 0; r < rows; ++r) {
      std::memcpy(last[r], u[r] + i, (size - i) * sizeof(float));
      x[r] = last[r];
    }
    if constexpr (dots) std::memcpy(last[rows], v + i, (size - i) * sizeof(float));
    add(x, last[rows], 0);
  }
  HWY_ALIGN float lanes[kLanes];
  for (size_t r = 0; r < rows; ++r) {
    for (size_t k = 0; k < kVectors; ++k) hn::Store(squares[r][k], d, lanes + k * hn::Lanes(d));
    sums[r]->squared_norm += sum_lanes(lanes);
    if constexpr (!dots) continue;
    for (size_t k = 0; k < kVectors; ++k) hn::Store(products[r][k], d, lanes + k * hn::Lanes(d));
    sums[r]->dot += sum_lanes(lanes);
  }
}

using Chunk = void (*)(const float* const*, const float*, size_t, NormAndDot* const*);

template <size_t... rows>
Chunk chunk_of(size_t count, bool dots, std::index_sequence<rows...>) {
  static constexpr Chunk with_dots[] = {measure_chunk<rows + 1, true>...},
                         norms[] = {measure_chunk<rows + 1, false>...};
  return (dots ? with_dots : norms)[count - 1];
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

/// Sums of a chunk's pairs, and of each point with itself, in floats.
struct Sums {
  std::array<float, kLanes>* pairs;    // by triangle()
  std::array<float, kLanes>* squares;  // by point
};

/// Adds the distances of `rows` × `columns` points over a block, or with `diagonal` those of every pair of `rows` and
/// their squared norms. Every pair has kLanes sums whatever the tile is. Every kLanes elements it asks for so many
/// lines ahead.
template <size_t rows, size_t columns, bool diagonal>
void distances_tile(const float* const* points, size_t first_row, size_t first_column, size_t size, Ahead& whole_ahead,
                    size_t lines, const Sums& out) {
  const Lanes d;
  V sums[rows][columns][kVectors];
  const auto place = [&](size_t r, size_t c) {
    return (diagonal && c == r ? out.squares[first_row + r] : out.pairs[triangle(first_row + r, first_column + c)])
        .data();
  };
#pragma GCC unroll 8
  for (size_t r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (size_t c = 0; c < (diagonal ? r + 1 : columns); ++c)
#pragma GCC unroll 16
      for (size_t v = 0; v < kVectors; ++v) sums[r][c][v] = hn::LoadU(d, place(r, c) + v * hn::Lanes(d));
  const float* x[rows];
  const float* y[columns];
  for (size_t r = 0; r < rows; ++r) x[r] = points[first_row + r];
  for (size_t c = 0; c < columns; ++c) y[c] = points[first_column + c];
  Ahead ahead = whole_ahead;  // in registers
  for (size_t i = 0; i < size; i += kLanes) {
    ahead.ask(lines);
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
        if constexpr (diagonal) sums[r][r][v] = fused(d, left, left, sums[r][r][v]);
      }
    }
  }
  whole_ahead = ahead;
#pragma GCC unroll 8
  for (size_t r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (size_t c = 0; c < (diagonal ? r + 1 : columns); ++c)
#pragma GCC unroll 16
      for (size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[r][c][v], d, place(r, c) + v * hn::Lanes(d));
}

/// As many as the registers hold sums for.
inline constexpr size_t kTile = hn::MaxLanes(Lanes()) == kLanes ? 5 : 2;

using DistancesTile = void (*)(const float* const*, size_t, size_t, size_t, Ahead&, size_t, const Sums&);

/// The sums of which pairs a tile adds to.
enum class Pairs { of_panels, with_one, own };

template <size_t... sizes>
DistancesTile tile_of(size_t rows, Pairs pairs, std::index_sequence<sizes...>) {
  static constexpr DistancesTile full[] = {distances_tile<sizes + 1, kTile, false>...};
  static constexpr DistancesTile narrow[] = {distances_tile<sizes + 1, 1, false>...};
  static constexpr DistancesTile own[] = {distances_tile<sizes + 1, sizes + 1, true>...};
  return (pairs == Pairs::own ? own : pairs == Pairs::with_one ? narrow : full)[rows - 1];
}

/// Pairs of that many points, and each with itself.
constexpr size_t pairs_of(size_t points) { return points * (points + 1) / 2; }

/// points: every point's next elements, `size` ≤ kBlock of them, a multiple of kLanes; those from `first` on beside all
/// before them. Each tile asks for its share of the next block.
void distances_block(const float* const* points, size_t count, size_t first, size_t size, const Sums& sums) {
  const size_t all = pairs_of(count) - pairs_of(first);
  size_t done = 0, asked = 0;  // lines of each kLanes that are compared
  Ahead ahead({points, count}, kBlock);
  const auto tile = [&](size_t row, size_t rows, size_t column, Pairs pairs) {
    done += pairs == Pairs::own ? pairs_of(rows) : pairs == Pairs::with_one ? rows : rows * kTile;
    const size_t until = count * done / all, lines = until - asked;
    asked = until;
    tile_of(rows, pairs, std::make_index_sequence<kTile>())(points, row, column, size, ahead, lines, sums);
  };
  for (size_t row = first; row < count; row += kTile) {
    const size_t rows = count - row < kTile ? count - row : kTile, whole = first / kTile * kTile;
    for (size_t column = 0; column < whole; column += kTile) tile(row, rows, column, Pairs::of_panels);
    for (size_t column = whole; column < first; ++column) tile(row, rows, column, Pairs::with_one);
    for (size_t column = first; column < row; column += kTile) tile(row, rows, column, Pairs::of_panels);
    tile(row, rows, row, Pairs::own);
  }
}

/// Empties the lanes into doubles.
void flush(std::array<float, kLanes>& lanes, std::array<double, kLanes>& into) {
  for (size_t lane = 0; lane < kLanes; ++lane) into[lane] += double{lanes[lane]};
  lanes.fill(0);
}

/// The distance of two points over up to kFlush elements.
void add_gap(const float* u, const float* v, size_t size, std::array<double, kLanes>& sums) {
  const size_t whole = size / kLanes * kLanes;
  std::array<float, kLanes> lanes{};
  const Sums out{&lanes, nullptr};
  const float* points[] = {v, u};
  Ahead ahead(points, 0);
  distances_tile<1, 1, false>(points, 1, 0, whole, ahead, 0, out);
  float x[kLanes] = {}, y[kLanes] = {};
  std::memcpy(x, u + whole, (size - whole) * sizeof(float));
  std::memcpy(y, v + whole, (size - whole) * sizeof(float));
  const float* rest[] = {y, x};
  if (whole < size) distances_tile<1, 1, false>(rest, 1, 0, kLanes, ahead, 0, out);
  flush(lanes, sums);
}

/// All pairs of a chunk's points of which one is `first` or later, and the squared norms of those.
class Table {
 public:
  Table(size_t points, size_t first) : first_(first), pairs_(triangle(points, 0)), squares_(points) {}

  void measure(std::vector<const float*> points, size_t size, std::array<double, kLanes>* pairs, NormAndDot* norms) {
    const Sums sums{pairs_.data(), squares_.data()};
    for (size_t i = 0; i < size; i += kBlock) {
      const size_t length = size - i < kBlock ? size - i : kBlock;
      const size_t whole = length / kLanes * kLanes;
      distances_block(points.data(), points.size(), first_, whole, sums);
      if (whole < length) measure_rest(points, whole, length - whole, sums);
      for (const float*& point : points) point += length;
    }
    for (size_t k = triangle(first_, 0); k < pairs_.size(); ++k) flush(pairs_[k], pairs[k]);
    for (size_t k = first_; k < squares_.size(); ++k) {
      norms[k].squared_norm += sum_lanes(squares_[k].data());
      squares_[k].fill(0);
    }
  }

 private:
  /// The last elements, less than a lane each.
  void measure_rest(const std::vector<const float*>& points, size_t at, size_t size, const Sums& sums) {
    rest_.assign(points.size() * kLanes, 0.0f);
    std::vector<const float*> padded;
    for (size_t k = 0; k < points.size(); ++k) {
      std::memcpy(rest_.data() + k * kLanes, points[k] + at, size * sizeof(float));
      padded.push_back(rest_.data() + k * kLanes);
    }
    distances_block(padded.data(), padded.size(), first_, kLanes, sums);
  }

  size_t first_;
  std::vector<std::array<float, kLanes>> pairs_, squares_;
  std::vector<float> rest_;
};

/// What is measured of up to kSide points by themselves or beside the trusted row, over up to kFlush elements from the
/// i-th on.
void measure_alone(const Measuring& m, std::span<const size_t> points, size_t i, size_t length) {
  const float* const trusted = m.trusted ? m.trusted + i : nullptr;
  if (!m.pairs) {
    const float* rows[kSide];
    NormAndDot* sums[kSide];
    for (size_t r = 0; r < points.size(); ++r) {
      rows[r] = m.points[points[r]] + i;
      sums[r] = &m.sums[points[r]];
    }
    chunk_of(points.size(), trusted != nullptr, std::make_index_sequence<kSide>())(rows, trusted, length, sums);
  }
  for (const size_t k : points) {
    const float* const row = m.points[k] + i;
    if (m.gaps) add_gap(row, trusted, length, m.gaps[k]);
    if (!m.signs) continue;
    const Signs signs = count_signs(row, length);
    m.signs[k].positive += signs.positive;
    m.signs[k].negative += signs.negative;
  }
}

/// The same of all points, group by group, from the i-th element to `end`.
void measure_alone(const Measuring& m, std::span<const size_t> points, size_t i, size_t end, size_t stretch) {
  for (; i < end; i += stretch)
    for (size_t k = 0; k < points.size(); k += kSide)
      for (size_t at = i; at < i + stretch && at < end; at += kFlush)
        measure_alone(m, points.subspan(k, points.size() - k < kSide ? points.size() - k : kSide), at,
                      end - at < kFlush ? end - at : kFlush);
}

void measure_points(const Measuring& m) {
  HWY_ALIGN static constexpr float zeros[kFlush] = {};
  std::vector<size_t> present;
  for (size_t k = 0; k < m.points.size(); ++k)
    if (m.points[k]) present.push_back(k);
  if (!m.pairs) return measure_alone(m, present, 0, m.size, kStretch);
  std::vector<const float*> chunks(m.points.size());
  Table table(m.points.size(), m.first);
  for (size_t i = 0; i < m.size; i += kFlush) {
    const size_t length = m.size - i < kFlush ? m.size - i : kFlush;
    for (size_t k = 0; k < chunks.size(); ++k) chunks[k] = m.points[k] ? m.points[k] + i : zeros;
    table.measure(chunks, length, m.pairs, m.sums);
    measure_alone(m, present, i, i + length, kFlush);
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

bool same(const float* u, const float* v, size_t size) {
  return u && v && std::memcmp(u, v, size * sizeof(float)) == 0;
}

std::vector<double> dots_of(std::span<const float* const> rows, const float* v, size_t size) {
  std::vector<NormAndDot> sums(rows.size());
  HWY_DYNAMIC_DISPATCH(measure_points)
  ({.points = rows, .trusted = v, .size = size, .sums = sums.data()});
  std::vector<double> out;
  for (size_t k = 0; k < rows.size(); ++k) {
    const bool exact_enough = well_scaled(sums[k].squared_norm, size) && std::isfinite(sums[k].dot);
    out.push_back(exact_enough ? sums[k].dot : measure_in_double(rows[k], v, size).dot);
  }
  return out;
}

DotsOf dots_of_floats(size_t size) {
  return [size](std::span<const float* const> rows, const float* with) { return dots_of(rows, with, size); };
}

/// Measures the points that have come since, and whatever else `m` wants of all.
void measure_more(Arrivals& arrivals, Measuring m) {
  const auto& points = arrivals.points;
  const size_t first = arrivals.measured();
  std::vector<NormAndDot> sums(points.size());
  std::vector<std::array<double, kLanes>> lanes(triangle(points.size(), 0));
  m.points = points;
  m.sums = sums.data();
  m.pairs = lanes.data();
  m.first = first;
  HWY_DYNAMIC_DISPATCH(measure_points)(m);
  for (size_t i = first; i < points.size(); ++i) {
    const double norm = sums[i].squared_norm;
    const bool exact_enough = !points[i] || well_scaled(norm, m.size);
    arrivals.squared_norms.push_back(exact_enough ? norm
                                                  : measure_in_double(points[i], points[i], m.size).squared_norm);
    for (size_t j = 0; j < i; ++j) {
      double distance = sum_lanes(lanes[triangle(i, j)].data());
      if (!well_scaled(distance, m.size))
        distance = same(points[i], points[j], m.size) ? 0 : distance_in_double(points[i], points[j], m.size);
      arrivals.distances.push_back(distance);
    }
  }
}

}  // namespace

void measure_arrivals(Arrivals& arrivals, size_t size) {
  if (arrivals.measured() < arrivals.points.size()) measure_more(arrivals, {.size = size});
}

Products arranged(const Arrivals& arrivals, std::span<const size_t> rows, std::optional<size_t> trusted, size_t size) {
  return arranged(arrivals, rows, trusted, dots_of_floats(size));
}

Products measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table, bool with_signs,
                 bool with_gaps) {
  const size_t n = rows.size();
  std::vector<const float*> points(rows.begin(), rows.end());
  if (trusted) points.push_back(trusted);
  std::vector<Signs> signs(with_signs ? points.size() : 0);
  const bool apart = with_gaps && trusted;
  std::vector<std::array<double, kLanes>> gaps(apart ? points.size() : 0);
  Measuring measuring{.points = points,
                      .trusted = trusted,
                      .size = size,
                      .signs = with_signs ? signs.data() : nullptr,
                      .gaps = apart ? gaps.data() : nullptr};
  Products products;
  if (table) {
    Arrivals arrivals{.points = points};
    measure_more(arrivals, measuring);
    products = arranged(arrivals, trusted != nullptr, dots_of_floats(size));
  } else {
    std::vector<NormAndDot> sums(points.size());
    measuring.sums = sums.data();
    HWY_DYNAMIC_DISPATCH(measure_points)(measuring);
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
  }
  for (size_t k = 0; with_signs && k < n; ++k) {
    products.positives.push_back(static_cast<double>(signs[k].positive));
    products.negatives.push_back(static_cast<double>(signs[k].negative));
  }
  for (size_t k = 0; apart && k < n; ++k) {
    double gap = rows[k] ? sum_lanes(gaps[k].data()) : products.trusted_squared_norm;
    if (rows[k] && !well_scaled(gap, size))
      gap = same(rows[k], trusted, size) ? 0 : distance_in_double(rows[k], trusted, size);
    products.gaps.push_back(gap);
  }
  return products;
}

}  // namespace zenops
#endif
