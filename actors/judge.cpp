#include "actors/judge.hpp"

#include <algorithm>

namespace zenops {
namespace {

/// Of two shards' views of a row, the one that decides.
wire::State worse(wire::State a, wire::State b) {
  auto rank = [](wire::State s) {
    switch (s) {
      case wire::State::TAKEN: return 0;
      case wire::State::INACTIVE: return 1;
      case wire::State::ABSENT: return 2;
      case wire::State::LOST: return 3;
      case wire::State::REFUSED: return 4;
    }
    return 2;
  };
  return rank(a) >= rank(b) ? a : b;
}

}  // namespace

Judge::Judge(const Rule& rule, Layout layout, uint32_t shards, Granularity granularity)
    : rule_(rule), layout_(std::move(layout)), granularity_(granularity), came_(shards), taken_(shards), products_(shards) {
  for (uint32_t s = 0; s < shards; ++s) ranges_.push_back(layout_.shard(s, shards));
}

Expected<bool> Judge::offer(const Msg<wire::Measured>& measured) {
  const uint32_t shard = measured->getShard();
  if (shard >= came_.size()) return fail(Ec::malformed, "there is no such shard");
  if (measured->getRound() < round_) return false;
  const auto rows = measured->getRows();
  if (measured->getRound() > round_) {
    round_ = measured->getRound();
    came_.assign(came_.size(), false);
    left_ = came_.size();
    trusted_ = true;
    seats_.clear();
    for (auto row : rows)
      seats_.push_back({row.getWorker(), row.getIncarnation(), wire::State::TAKEN, 0, std::vector<bool>(layout_.blocks().size())});
  }
  if (came_[shard]) return false;
  if (rows.size() != seats_.size()) return fail(Ec::malformed, "the shards do not agree on the members");

  taken_[shard].clear();
  for (uint32_t k = 0; k < rows.size(); ++k) {
    Seat& seat = seats_[k];
    const auto row = rows[k];
    const auto blocks = row.getBlocks();
    if (row.getWorker() != seat.worker || row.getIncarnation() != seat.incarnation || blocks.size() != seat.blocks.size())
      return fail(Ec::malformed, "the shards do not agree on the members");
    if (row.getState() == wire::State::REFUSED && seat.state != wire::State::REFUSED) seat.refusal = row.getRefusal();
    seat.state = worse(seat.state, row.getState());
    for (uint32_t b = 0; b < blocks.size(); ++b)
      if (blocks[b]) seat.blocks[b] = true;
    if (row.getState() == wire::State::TAKEN) taken_[shard].push_back(k);
  }
  const auto products = measured->getProducts();
  const bool needed = rule_.needs() == Needs::trusted_dots && measured->getTrusted();
  const size_t segments = ranges_[shard].last - ranges_[shard].first;
  if (needed && products.size() != segments * (2 * taken_[shard].size() + 1))
    return fail(Ec::malformed, "the products do not fit the rows");
  products_[shard].clear();
  for (double p : products) products_[shard].push_back(p);
  trusted_ = trusted_ && measured->getTrusted();
  came_[shard] = true;
  return --left_ == 0;
}

Geometry Judge::geometry(const std::vector<size_t>& entering) const {
  Geometry out{.rows = entering.size(), .blocks = {}};
  const size_t n = entering.size();
  if (rule_.needs() == Needs::nothing) {
    out.blocks.resize(granularity_ == Granularity::model ? 1 : layout_.blocks().size());
    return out;
  }
  const Products zero{std::vector<double>(n), std::vector<double>(n), 0};
  out.blocks.assign(granularity_ == Granularity::model ? 1 : layout_.blocks().size(), zero);
  for (size_t shard = 0; shard < ranges_.size(); ++shard) {
    // Which of the shard's rows are the ones that enter.
    std::vector<size_t> columns;
    for (size_t seat : entering)
      columns.push_back(static_cast<size_t>(std::ranges::find(taken_[shard], seat) - taken_[shard].begin()));
    const double* p = products_[shard].data();
    for (uint32_t s = ranges_[shard].first; s < ranges_[shard].last; ++s, p += 2 * taken_[shard].size() + 1) {
      if (layout_.blocks()[layout_.segments()[s].block].exchange != Exchange::judged) continue;
      Products segment = zero;
      for (size_t k = 0; k < n; ++k) {
        segment.squared_norms[k] = p[2 * columns[k]];
        segment.dots[k] = p[2 * columns[k] + 1];
      }
      segment.trusted_squared_norm = p[2 * taken_[shard].size()];
      out.blocks[granularity_ == Granularity::model ? 0 : layout_.segments()[s].block].add(segment);
    }
  }
  return out;
}

Plan Judge::decide(const std::vector<size_t>& entering) const {
  Plan plan = rule_.decide(geometry(entering));
  if (granularity_ == Granularity::model) plan.blocks.resize(layout_.blocks().size(), BlockPlan(plan.blocks.front()));
  for (size_t b = 0; b < plan.blocks.size(); ++b) {
    if (layout_.blocks()[b].exchange == Exchange::judged) continue;
    plan.blocks[b] = {.combine = Combine::weighted_sum,
                      .trim = 0,
                      .weights = {},
                      .verdicts = std::vector<Verdict>(entering.size(), Verdict::opposes)};
    if (trusted_) plan.blocks[b].weights = {1};
  }
  return plan;
}

Envelope Judge::plan(uint32_t group) const {
  const bool can_judge = rule_.needs() == Needs::nothing || trusted_;
  std::vector<size_t> entering;
  for (size_t k = 0; can_judge && k < seats_.size(); ++k)
    if (seats_[k].state == wire::State::TAKEN) entering.push_back(k);
  Plan plan = can_judge ? decide(entering) : Plan{};
  if (!can_judge) plan.note = "the validator had no update of its own to judge by: no update";

  return Envelope::of<wire::Plan>([&](wire::Plan::Builder out) {
    out.setRound(round_);
    out.setGroup(group);
    auto workers = out.initWorkers(static_cast<uint32_t>(entering.size()));
    for (uint32_t k = 0; k < entering.size(); ++k) workers.set(k, seats_[entering[k]].worker);
    auto blocks = out.initBlocks(static_cast<uint32_t>(plan.blocks.size()));
    for (uint32_t b = 0; b < plan.blocks.size(); ++b) {
      const BlockPlan& block = plan.blocks[b];
      blocks[b].setCombine(static_cast<uint8_t>(block.combine));
      blocks[b].setTrim(block.trim);
      auto weights = blocks[b].initWeights(static_cast<uint32_t>(block.weights.size()));
      for (uint32_t k = 0; k < block.weights.size(); ++k) weights.set(k, block.weights[k]);
      auto verdicts = blocks[b].initVerdicts(static_cast<uint32_t>(block.verdicts.size()));
      for (uint32_t k = 0; k < block.verdicts.size(); ++k) verdicts.set(k, static_cast<uint8_t>(block.verdicts[k]));
    }
    auto rows = out.initRows(static_cast<uint32_t>(seats_.size()));
    for (uint32_t k = 0; k < seats_.size(); ++k) {
      rows[k].setWorker(seats_[k].worker);
      rows[k].setIncarnation(seats_[k].incarnation);
      rows[k].setState(seats_[k].state);
      rows[k].setRefusal(seats_[k].refusal);
      auto sent = rows[k].initBlocks(static_cast<uint32_t>(seats_[k].blocks.size()));
      for (uint32_t b = 0; b < seats_[k].blocks.size(); ++b) sent.set(b, seats_[k].blocks[b]);
    }
    out.setNote(plan.note);
  });
}

}  // namespace zenops
