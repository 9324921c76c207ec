#include "actors/making.hpp"

#include <algorithm>

namespace zenops {
namespace {

constexpr size_t kTile = 4096;  // nothing of a row's length is made

/// A group's rows in the segment, from its `at`-th number on.
std::vector<const float*> rows_from(const GroupPlan& group, const Making& making, size_t at) {
  std::vector<const float*> rows;
  for (const ShardRow& row : group.rows)
    rows.push_back(row.segments[making.index] ? row.segments[making.index] + at : nullptr);
  return rows;
}
const float* previous_from(const GroupPlan& group, const Making& making, size_t at) {
  return group.previous.empty() ? nullptr : group.previous.view().data() + making.offset + at;
}

/// By group, the whole segment as an accelerator has combined it; empty where the processor does that, a tile at a time.
using Combined = std::vector<std::vector<float>>;

Combined accelerated(const std::vector<GroupPlan>& groups, const Making& making) {
  const size_t size = making.out.size();
  Combined out(groups.size());
  for (size_t g = 0; g < groups.size(); ++g) {
    const GroupPlan& group = groups[g];
    if (group.rows.empty() || !group.workspaces) continue;
    out[g].resize(size);
    Workspace& workspace = *(*group.workspaces)[making.index];
    if (!workspace.combine(group.blocks[making.segment.block], rows_from(group, making, 0), previous_from(group, making, 0), size,
                           out[g].data(), making.segment.offset))
      out[g].clear();
  }
  return out;
}

/// What a group's rows become in `size` numbers of the segment, from its `at`-th on. `whole`: what they became in all of it, or empty.
void combine_tile(GroupPlan& group, const Making& making, std::span<const float> whole, size_t at, size_t size, float* out) {
  const size_t place = making.offset + at;
  if (!whole.empty())
    std::ranges::copy(whole.subspan(at, size), out);
  else
    combine(group.blocks[making.segment.block], rows_from(group, making, at), previous_from(group, making, at), size, out,
            making.segment.offset + at);
  if (!group.next.empty()) std::ranges::copy(std::span(out, size), group.next.mutable_view().data() + place);
}

/// A tile of `to`, which begins at the segment's `at`-th number, += lr Σ_groups share · combined.
void add_average(std::vector<GroupPlan>& groups, const Combined& whole, const Making& making, size_t at, float lr,
                 std::span<float> to) {
  alignas(64) float combined[kTile];
  const size_t size = to.size();
  for (size_t g = 0; g < groups.size(); ++g) {
    GroupPlan& group = groups[g];
    if (group.rows.empty()) continue;
    combine_tile(group, making, whole[g], at, size, combined);
    add_scaled(to, lr * making.scale * group.share, std::span(combined, size));
    if (!group.blocks[making.segment.block].toward || group.base.empty()) continue;
    const float step = lr * group.share * group.blocks[making.segment.block].weights[0];
    add_scaled(to, step, group.base.view().subspan(making.offset + at, size));
    add_scaled(to, -step, making.before.subspan(at, size));
  }
}

/// out += factor times the median of the pointers' numbers, per number.
void add_median(std::span<const float* const> rows, float factor, std::span<float> out) {
  alignas(64) float median[kTile];
  BlockPlan plan{.combine = Combine::trimmed_mean};
  plan.trim = static_cast<uint32_t>((rows.size() - 1) / 2);
  combine(plan, rows, out.size(), median);
  add_scaled(out, factor, std::span<const float>(median, out.size()));
}

/// The same as add_average with the median over the groups that have rows.
void add_median_judged(std::vector<GroupPlan>& groups, const Combined& whole, const Making& making, size_t at, float lr,
                       std::span<float> to) {
  std::vector<std::vector<float>> combined;
  std::vector<const float*> rows;
  for (size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].rows.empty()) continue;
    rows.push_back(combined.emplace_back(kTile).data());
    combine_tile(groups[g], making, whole[g], at, to.size(), combined.back().data());
  }
  if (!rows.empty()) add_median(rows, lr * making.scale, to);
}

/// Whether an accelerator has made all of it: where all that is stepped by is what one group's rows become, which nobody wants to see.
bool stepped_there(const std::vector<GroupPlan>& groups, Across across, const Making& making) {
  if (!making.dwelling.at || !making.optimizer || across != Across::average) return false;
  const GroupPlan* only = nullptr;
  for (const GroupPlan& group : groups) {
    if (group.rows.empty()) continue;
    if (only) return false;
    only = &group;
  }
  if (!only || !only->workspaces || !only->next.empty()) return false;
  const BlockPlan& plan = only->blocks[making.segment.block];
  if (plan.toward && !only->base.empty()) return false;
  Stepping stepping{.optimizer = making.optimizer->options(),
                    .before = making.dwelling.before,
                    .after = making.dwelling.after,
                    .weights = making.before,
                    .out = making.out};
  // In that order, as add_average multiplies.
  if (making.optimizer->moments() == 0)
    stepping.optimizer.lr = making.optimizer->lr() * making.scale * only->share;
  else
    stepping.scale = making.scale * only->share;
  if (!making.dwelling.away) stepping.moments = making.moments_before;
  return (*only->workspaces)[making.index]->step(plan, rows_from(*only, making, 0), previous_from(*only, making, 0), stepping,
                                                 making.segment.offset);
}

/// out = what the optimizer makes of before and of what the rules say.
Made make_judged(std::vector<GroupPlan>& groups, Across across, const Making& making) {
  if (stepped_there(groups, across, making)) return making.optimizer->moments() > 0 ? Made::away : Made::here;
  if (making.dwelling.at) making.dwelling.at->made_elsewhere(making.dwelling.before, making.dwelling.after);
  const size_t remembered = making.optimizer ? making.optimizer->moments() : 0;
  const bool away = making.dwelling.away && remembered > 0;
  if (away && !making.dwelling.at->moments(making.dwelling.before, std::span(making.moments).first(remembered))) return Made::nowhere;
  const auto add = across == Across::average ? add_average : add_median_judged;
  alignas(64) float change[kTile];
  const Combined whole = accelerated(groups, making);
  for (size_t at = 0; at < making.out.size(); at += kTile) {
    const size_t size = std::min(kTile, making.out.size() - at);
    const auto out = making.out.subspan(at, size);
    std::ranges::copy(making.before.subspan(at, size), out.begin());
    if (remembered == 0) {
      add(groups, whole, making, at, making.optimizer ? making.optimizer->lr() : 1, out);
      continue;
    }
    std::fill_n(change, size, 0.0f);
    add(groups, whole, making, at, 1, std::span(change, size));
    ServerOptimizer::Moments moments;
    for (size_t k = 0; k < remembered; ++k) {
      moments[k] = making.moments[k].subspan(at, size);
      if (!away) std::ranges::copy(making.moments_before[k].subspan(at, size), moments[k].begin());
    }
    making.optimizer->step(out, std::span<const float>(change, size), moments);
  }
  return Made::here;
}

/// out += Σ_groups share · trusted, or the median of those rows.
void add_trusted(const std::vector<GroupPlan>& groups, Across across, const Making& making) {
  std::vector<const float*> rows;
  for (const GroupPlan& group : groups) {
    const uint32_t block = making.segment.block;
    const bool counts = block < group.blocks.size() && !group.blocks[block].weights.empty();
    if (!counts || group.trusted.segments.empty()) continue;
    rows.push_back(group.trusted.segments[making.index]);
    if (across == Across::average) add_scaled(making.out, group.share, {rows.back(), making.out.size()});
  }
  if (across == Across::average || rows.empty()) return;
  for (size_t at = 0; at < making.out.size(); at += kTile) {
    std::vector<const float*> tiles;
    for (const float* row : rows) tiles.push_back(row + at);
    add_median(tiles, 1, making.out.subspan(at, std::min(kTile, making.out.size() - at)));
  }
}

/// What the senders of the rows have sent now, in the segment.
void add_to_sums(GroupPlan& group, const Making& making) {
  const size_t size = making.out.size();
  for (size_t k = 0; k < group.next_sums.size(); ++k) {
    const auto sum = group.next_sums[k].mutable_view().subspan(making.offset, size);
    if (group.sums[k].empty())
      std::ranges::fill(sum, 0.0f);
    else
      std::ranges::copy(group.sums[k].view().subspan(making.offset, size), sum.begin());
    if (const float* row = group.rows[k].segments[making.index]; row && making.exchange == Exchange::judged)
      add_saturated(sum, {row, size});
  }
}

}  // namespace

Made make_segment(std::vector<GroupPlan>& groups, Across across, const Making& making) {
  for (GroupPlan& group : groups) add_to_sums(group, making);
  if (making.exchange == Exchange::judged && making.optimizer) return make_judged(groups, across, making);
  for (size_t k = 0; k < making.moments.size(); ++k) std::ranges::copy(making.moments_before[k], making.moments[k].begin());
  if (making.exchange == Exchange::judged) return make_judged(groups, across, making);
  std::ranges::copy(making.before, making.out.begin());
  if (making.exchange == Exchange::trusted) add_trusted(groups, across, making);
  for (GroupPlan& group : groups)  // no row has anything there
    if (!group.next.empty()) std::ranges::fill(group.next.mutable_view().subspan(making.offset, making.out.size()), 0.0f);
  return Made::here;
}

}  // namespace zenops
