#include "aggregation/kernels/coordinatewise.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "aggregation/kernels/ask.hpp"
#include "aggregation/kernels/few_rows.hpp"
#include "aggregation/kernels/targets.hpp"
#include "aggregation/kernels/tile.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "aggregation/kernels/coordinatewise.cpp"
#include "hwy/foreach_target.h"
//
#include "aggregation/kernels/exchange-inl.hpp"
#include "aggregation/kernels/fused-inl.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace zenops::HWY_NAMESPACE {

/// Rows are sorted as they come, wires are merged as they were stored.
template <class As, Leaf kind>
HWY_INLINE typename As::W first_seen(const float* from) {
  if constexpr (kind == Leaf::sort)
    return As::of(hn::LoadU(Lanes(), from));
  else
    return As::load(from);
}

template <class As, Leaf kind, size_t n, size_t... k, size_t... e, size_t... r>
HWY_INLINE void run_leaf(const float* const* from, float* const* to, const float* const* ahead, size_t lane,
                         std::index_sequence<k...>, std::index_sequence<e...>, std::index_sequence<r...>) {
  constexpr const auto& network = leaf_network<kind, n>.first;
  constexpr const auto& order = leaf_network<kind, n>.second;
  constexpr size_t first = first_wanted(kind, n);
  typename As::W v[n] = {first_seen<As, kind>(from[k] + lane)...};
  constexpr size_t places = places_to_ask(kind, n),
                   each = std::max<size_t>(sizeof...(e) / std::max<size_t>(places, 1), 1);
  ((e % each == 0 && e / each < places ? ask_for(ahead[e / each] + lane) : void(),
    exchange(v[network[e].low], v[network[e].high])),
   ...);
  (As::store(v[order[first + r]], to[r] + lane), ...);
}

/// The coordinates [first, last) of n wires: the ranks that are wanted go to `to`, from the lowest on.
template <class As, Leaf kind, size_t n>
void leaf_of(const float* const* from, float* const* to, const float* const* ahead, size_t first, size_t last) {
  for (size_t lane = first; lane < last; lane += hn::Lanes(Lanes()))
    run_leaf<As, kind, n>(from, to, ahead, lane, std::make_index_sequence<n>(),
                          std::make_index_sequence<leaf_size(kind, n)>(), std::make_index_sequence<wanted(kind, n)>());
}

/// The kernels for step, 2 step, … wires.
template <class As, Leaf kind, size_t step, size_t... k>
constexpr auto leaves_of(std::index_sequence<k...>) {
  return std::array{&leaf_of<As, kind, step*(k + 1)>...};
}

template <class As>
void run_merge(const Tile::Step& step, const float* const* ahead, size_t at) {
  static constexpr auto all = leaves_of<As, Leaf::merge, 1>(std::make_index_sequence<kMerged>());
  static constexpr auto lowest = leaves_of<As, Leaf::lowest, 2>(std::make_index_sequence<kMerged / 2>());
  static constexpr auto highest = leaves_of<As, Leaf::highest, 2>(std::make_index_sequence<kMerged / 2>());
  const size_t wires = step.from.size();
  const auto leaf =
      step.kind == Leaf::merge ? all[wires - 1] : (step.kind == Leaf::lowest ? lowest : highest)[wires / 2 - 1];
  leaf(step.from.data(), step.to.data(), ahead + step.ahead, at, at + kPart);
}

/// Adds `weight` times each value that is kept.
template <class As, size_t vectors>
HWY_INLINE void add_kept(const std::vector<Tile::Pick>& picks, size_t lane, V weight, V (&sum)[vectors]) {
  const Lanes d;
  typename As::W kept[vectors];
  bool first = true;
  for (const auto& [wire, other, last] : picks) {
    typename As::W x[vectors];
    for (size_t v = 0; v < vectors; ++v) x[v] = As::load(wire + lane + v * hn::Lanes(d));
    if (other)
      for (size_t v = 0; v < vectors; ++v) x[v] = hn::Max(x[v], As::load(other + lane + v * hn::Lanes(d)));
    for (size_t v = 0; v < vectors; ++v) kept[v] = first ? x[v] : hn::Min(kept[v], x[v]);
    first = last;
    if (last)
      for (size_t v = 0; v < vectors; ++v) sum[v] = fused(d, As::value(kept[v]), weight, sum[v]);
  }
}

/// out[0 … vectors) = the mean that the tile's selection is for. Values are weighted before they are added, so that no
/// sum of finite values overflows.
template <class As, size_t vectors>
HWY_INLINE void mean_of(const Tile& tile, size_t lane, V (&out)[vectors]) {
  const Lanes d;
  const size_t n = tile.rows(), trim = tile.trim(), drop = tile.drop(), kept = n - 2 * trim, near = n - drop;
  const auto load = [&](const float* wire, size_t v) { return As::value(As::load(wire + lane + v * hn::Lanes(d))); };
  const V weight = hn::Set(d, 1 / static_cast<float>(kept)), near_weight = hn::Set(d, 1 / static_cast<float>(near));
  V centre[vectors];
  for (size_t v = 0; v < vectors; ++v) centre[v] = out[v] = hn::Zero(d);
  add_kept<As>(tile.kept(), lane, weight, centre);
  if (drop == 0 && tile.order().empty()) {
    for (size_t v = 0; v < vectors; ++v) out[v] = centre[v];
    return;
  }
  // In sorted order the nearest values are a window, and value r competes with value r + near only: the distance on the
  // left falls with r and the one on the right rises.
  if (tile.order().empty()) {
    if (drop == trim)
      for (size_t v = 0; v < vectors; ++v)
        out[v] = hn::Mul(centre[v], hn::Set(d, static_cast<float>(kept) / static_cast<float>(near)));
    add_kept<As>(tile.surely_kept(), lane, near_weight, out);
    for (size_t r = 0; r < drop; ++r)
      for (size_t v = 0; v < vectors; ++v)
        out[v] =
            fused(d, nearer(load(tile.lowest()[r], v), load(tile.highest()[r], v), centre[v]), near_weight, out[v]);
    return;
  }
  for (size_t r = trim; r < n - trim; ++r)
    for (size_t v = 0; v < vectors; ++v) centre[v] = fused(d, load(tile.order()[r], v), weight, centre[v]);
  // A window shorter than what it slides over takes each place several times.
  for (size_t r = 0; r < near; ++r)
    for (size_t v = 0; v < vectors; ++v) {
      V value = load(tile.order()[r], v);
      for (size_t left = r; left < drop; left += near)
        value = nearer(value, load(tile.order()[left + near], v), centre[v]);
      out[v] = fused(d, value, near_weight, out[v]);
    }
}

/// The means of a part, `vectors` vectors at a time.
template <class As, size_t vectors>
void reduce(const Tile& tile, size_t at, float* HWY_RESTRICT out) {
  const Lanes d;
  for (size_t lane = at; lane < at + kPart; lane += vectors * hn::Lanes(d)) {
    V mean[vectors];
    mean_of<As>(tile, lane, mean);
    for (size_t v = 0; v < vectors; ++v) hn::StoreU(positive_zero(mean[v]), d, out + lane + v * hn::Lanes(d));
  }
}

/// Exchanges far apart, eight at a time: what one waits for the others do.
template <class As>
void run_layer(const std::vector<std::pair<float*, float*>>& layer, size_t at) {
  constexpr size_t together = 8;
  for (size_t c = 0; c < layer.size(); c += together) {
    const size_t count = std::min(together, layer.size() - c);
    for (size_t lane = at; lane < at + kPart; lane += hn::Lanes(Lanes())) {
      typename As::W low[together], high[together];
      for (size_t k = 0; k < count; ++k) {
        low[k] = As::load(layer[c + k].first + lane);
        high[k] = As::load(layer[c + k].second + lane);
        exchange(low[k], high[k]);
      }
      for (size_t k = 0; k < count; ++k) {
        As::store(low[k], layer[c + k].first + lane);
        As::store(high[k], layer[c + k].second + lane);
      }
    }
  }
}

template <class As>
void run_tile(const Tile& tile, const float* const* rows, float* const* wires, const float* const* ahead, float* out) {
  static constexpr auto sorters = leaves_of<As, Leaf::sort, 1>(std::make_index_sequence<kSorted>());
  for (const auto& [first, count, asked] : tile.leaves())
    sorters[count - 1](rows + first, wires + first, ahead + asked, 0, tile.width());
  for (size_t part = 0; part < tile.width(); part += kPart) {
    for (const Tile::Step& step : tile.steps())
      if (step.layer.empty())
        run_merge<As>(step, ahead, part);
      else
        run_layer<As>(step.layer, part);
    reduce<As, 4>(tile, part, out);
  }
}

/// Pointers that move on together.
struct Moving {
  std::vector<const float*> at;
  std::vector<size_t> step;
  void add(const float* from, size_t by) {
    at.push_back(from);
    step.push_back(by);
  }
  void move() {
    for (size_t k = 0; k < at.size(); ++k) at[k] += step[k];
  }
};

template <class As>
void in_tiles(const Tile& tile, const float* const* rows, size_t size, float* out) {
  HWY_ALIGN static constexpr float zeros[kWidest] = {};
  const size_t n = tile.rows(), width = tile.width();
  Moving at, ahead;
  std::vector<float*> wires;
  for (size_t k = 0; k < n; ++k) {
    at.add(rows[k] ? rows[k] : zeros, rows[k] ? width : 0);
    wires.push_back(tile.at(k));
  }
  for (const auto& row : tile.ahead()) {
    if (row && rows[*row])
      ahead.add(rows[*row] + width, width);  // the tile after this one; past a row's end it does no harm
    else
      ahead.add(wires[0], 0);
  }
  size_t i = 0;
  for (; i + width <= size; i += width) {
    run_tile<As>(tile, at.at.data(), wires.data(), ahead.at.data(), out + i);
    at.move();
    ahead.move();
  }
  if (i == size) return;
  for (size_t k = 0; k < n; ++k) {
    std::fill(std::copy_n(at.at[k], size - i, wires[k]), wires[k] + width, 0.0f);
    at.at[k] = wires[k];  // a leaf is loaded before it is stored
  }
  HWY_ALIGN float last[kWidest];
  run_tile<As>(tile, at.at.data(), wires.data(), ahead.at.data(), last);
  std::copy_n(last, size - i, out + i);
}

void coordinatewise(const Tile& tile, Sorted sorted, const float* const* rows, size_t size, float* out) {
  as(sorted, [&]<class As>(As) { in_tiles<As>(tile, rows, size, out); });
}

}  // namespace zenops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zenops {

HWY_EXPORT(coordinatewise);

namespace {

/// This thread's tile for such a mean: what is known of it costs more to find out than some thousand coordinates.
const Tile& tile_for(size_t rows, size_t trim, size_t drop) {
  static constexpr size_t most = 64;  // as rows are lost and blocks differ
  thread_local std::map<std::array<size_t, 3>, std::unique_ptr<const Tile>> tiles;
  const std::array key = {rows, trim, drop};
  if (const auto found = tiles.find(key); found != tiles.end()) return *found->second;
  if (tiles.size() == most) tiles.clear();
  return *(tiles[key] = std::make_unique<const Tile>(selection(rows, trim, drop)));
}

void run(std::span<const float* const> rows, size_t trim, size_t drop, size_t size, float* out, Sorted sorted) {
  if (std::ranges::none_of(rows, [](const float* row) { return row == nullptr; }) &&
      few_rows_mean(rows.data(), rows.size(), trim, drop, size, out))
    return;
  HWY_DYNAMIC_DISPATCH(coordinatewise)(tile_for(rows.size(), trim, drop), sorted, rows.data(), size, out);
}

}  // namespace

Sorted quicker_sorted() {
#if defined(__x86_64__)
  static const bool integers = __builtin_cpu_is("amd");
#else
  constexpr bool integers = false;
#endif
  return integers ? Sorted::as_integers : Sorted::as_floats;
}

void trimmed_mean(std::span<const float* const> rows, size_t trim, size_t size, float* out, Sorted sorted) {
  run(rows, trim, 0, size, out, sorted);
}

void nearest_mean(std::span<const float* const> rows, size_t trim, size_t drop, size_t size, float* out,
                  Sorted sorted) {
  run(rows, trim, drop, size, out, sorted);
}

}  // namespace zenops
#endif
