#include "attacks/honest_rows.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "attacks/room.hpp"

namespace zenops {
namespace {

/// So many coordinates at once: their sums and the rows' parts stay in the first cache.
constexpr size_t kTile = 512;

void keep_no_more_than(Sight sight, Knowledge& knowledge) {
  if (sight < Sight::rule) knowledge.aggregate = nullptr;
  if (sight < Sight::rows) knowledge.rows.clear();
  if (sight < Sight::statistics) knowledge.mean = knowledge.deviation = {};
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
      for (size_t i = 0; i < size; ++i) mean[i] += row[at + i];
    }
    for (size_t i = 0; i < size; ++i) mean[i] /= h;
    for (const auto& row : rows_)
      for (size_t i = 0; i < size; ++i) {
        const double difference = row[at + i] - mean[i];
        squares[i] += difference * difference;
      }
    const double degrees = std::max(1.0, h - 1);
    for (size_t i = 0; i < size; ++i) {
      mean_[at + i] = with_room(mean[i]);
      deviation_[at + i] = with_room(std::sqrt(squares[i] / degrees));
    }
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
