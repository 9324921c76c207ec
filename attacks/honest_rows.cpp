#include "attacks/honest_rows.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "attacks/room.hpp"
#include "base/loops.hpp"

namespace zenops {
namespace {

/// So many coordinates at once: their sums and the rows' parts stay in the first cache.
constexpr size_t kTile = 512;

void keep_no_more_than(Sight sight, Knowledge& knowledge) {
  if (sight < Sight::rule) knowledge.aggregate = nullptr;
  if (sight < Sight::rows) knowledge.rows.clear();
  if (sight < Sight::statistics) knowledge.mean = knowledge.deviation = {};
}

ZENOPS_LOOP void add(double* __restrict sums, const float* __restrict row, size_t size) {
  for (size_t i = 0; i < size; ++i) sums[i] += row[i];
}

ZENOPS_LOOP void add_squares(double* __restrict sums, const double* __restrict mean, const float* __restrict row, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const double difference = row[i] - mean[i];
    sums[i] += difference * difference;
  }
}

ZENOPS_LOOP void divide(double* sums, double by, size_t size) {
  for (size_t i = 0; i < size; ++i) sums[i] /= by;
}

ZENOPS_LOOP void write_roots(float* __restrict out, const double* __restrict squares, double by, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = with_room(std::sqrt(squares[i] / by));
}

ZENOPS_LOOP void write(float* __restrict out, const double* __restrict values, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = with_room(values[i]);
}

}  // namespace

HonestRows::HonestRows(std::vector<std::span<const float>> rows) : rows_(std::move(rows)) {
  assert(!rows_.empty());
  const size_t d = rows_[0].size();
  const auto h = static_cast<double>(rows_.size());
  mean_.resize(d);
  deviation_.resize(d);
  std::array<double, kTile> mean, squares;
  for (size_t at = 0; at < d; at += kTile) {
    const size_t size = std::min(kTile, d - at);
    mean.fill(0);
    squares.fill(0);
    for (const auto& row : rows_) {
      assert(row.size() == d);
      add(mean.data(), row.data() + at, size);
    }
    divide(mean.data(), h, size);
    for (const auto& row : rows_) add_squares(squares.data(), mean.data(), row.data() + at, size);
    write(mean_.data() + at, mean.data(), size);
    write_roots(deviation_.data() + at, squares.data(), std::max(1.0, h - 1), size);
  }
}

Knowledge HonestRows::known(Sight sight, size_t liars, uint32_t round, decltype(Knowledge::aggregate) aggregate) const {
  Knowledge out{.honest = rows_.size(),
                .liars = liars,
                .round = round,
                .mean = mean_,
                .deviation = deviation_,
                .rows = rows_,
                .aggregate = std::move(aggregate)};
  keep_no_more_than(sight, out);
  return out;
}

std::vector<float> lie(const AttackEntry& attack, const Parameters& parameters, Knowledge knowledge, AttackMemory& memory, Stream& stream) {
  assert(attack.lie == Lie::collusion && attack.collude);
  std::vector<float> out(knowledge.mean.size());
  keep_no_more_than(attack.sees, knowledge);
  attack.collude(knowledge, parameters, memory, stream, out);
  return out;
}

}  // namespace zenops
