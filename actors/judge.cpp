#include "actors/judge.hpp"

#include <algorithm>
#include <cmath>

#include "actors/wire/centre.capnp.h"
#include "actors/wire/products.hpp"
#include "aggregation/draws.hpp"

namespace zenops {
namespace {

/// Of two shards' views of a row, the one that decides.
wire::State worse(wire::State a, wire::State b) {
  auto rank = [](wire::State s) {
    switch (s) {
      case wire::State::TAKEN:
        return 0;
      case wire::State::INACTIVE:
        return 1;
      case wire::State::ABSENT:
        return 2;
      case wire::State::LOST:
        return 3;
      case wire::State::REFUSED:
        return 4;
    }
    return 2;
  };
  return rank(a) >= rank(b) ? a : b;
}

/// Those of the past and then the newest, of each block the last `most`.
std::vector<std::vector<double>> all_norms(std::vector<std::vector<double>> past, const std::vector<std::vector<double>>& newest,
                                           size_t most) {
  past.resize(std::max(past.size(), newest.size()));
  for (size_t b = 0; b < newest.size(); ++b) past[b].insert(past[b].end(), newest[b].begin(), newest[b].end());
  for (auto& norms : past)
    if (norms.size() > most) norms.erase(norms.begin(), norms.end() - static_cast<ptrdiff_t>(most));
  return past;
}

}  // namespace

Judge::Judge(const Rule& rule, Layout layout, uint32_t shards, Options options)
    : rule_(&rule),
      layout_(std::move(layout)),
      options_(std::move(options)),
      came_(shards),
      taken_(shards),
      products_(shards),
      rows_(shards) {
  for (uint32_t s = 0; s < shards; ++s) ranges_.push_back(layout_.shard(s, shards));
}

void Judge::judge_by(const Ruling& ruling) {
  rule_ = ruling.rule.get();
  options_.objection = ruling.objection;
  norms_ = {};
}

Expected<bool> Judge::offer(const Msg<wire::Measured>& measured) {
  const uint32_t shard = measured->getShard();
  if (shard >= came_.size()) return fail(Ec::malformed, "there is no such shard");
  if (measured->getRound() < round_) return false;
  const auto rows = measured->getRows();
  if (measured->getRound() > round_) {
    round_ = measured->getRound();
    step_ = measured->getStep();
    came_.assign(came_.size(), false);
    left_ = came_.size();
    trusted_ = true;
    centred_ = false;
    seats_.clear();
    for (auto row : rows)
      seats_.push_back(
          {row.getWorker(), row.getIncarnation(), wire::State::TAKEN, 0, std::vector<bool>(layout_.blocks().size())});
  }
  if (came_[shard]) return false;
  if (rows.size() != seats_.size()) return fail(Ec::malformed, "the shards do not agree on the members");

  taken_[shard].clear();
  for (uint32_t k = 0; k < rows.size(); ++k) {
    Seat& seat = seats_[k];
    const auto row = rows[k];
    const auto blocks = row.getBlocks();
    if (row.getWorker() != seat.worker || row.getIncarnation() != seat.incarnation ||
        blocks.size() != seat.blocks.size())
      return fail(Ec::malformed, "the shards do not agree on the members");
    if (row.getState() == wire::State::REFUSED && seat.state != wire::State::REFUSED) seat.refusal = row.getRefusal();
    seat.state = worse(seat.state, row.getState());
    seat.quarantined = row.getQuarantined();
    for (uint32_t b = 0; b < blocks.size(); ++b)
      if (blocks[b]) seat.blocks[b] = true;
    if (row.getState() == wire::State::TAKEN) taken_[shard].push_back(k);
  }
  const auto products = measured->getProducts();
  const size_t segments = ranges_[shard].last - ranges_[shard].first;
  if (measured->getTrusted() && products.size() != segments * wire::products_size(rule_->needs(), taken_[shard].size()))
    return fail(Ec::malformed, "the products do not fit the rows");
  const bool sent = rule_->needs().losses;
  if (sent && measured.rows().size() != taken_[shard].size())
    return fail(Ec::malformed, "the rows themselves are missing");
  rows_[shard].assign(measured.rows().begin(), measured.rows().end());
  products_[shard].clear();
  for (double p : products) products_[shard].push_back(p);
  trusted_ = trusted_ && measured->getTrusted();
  came_[shard] = true;
  return --left_ == 0;
}

Geometry Judge::geometry(const std::vector<size_t>& entering) const {
  const size_t n = entering.size();
  Geometry out{.rows = n, .draw = draw_of(options_.seed, options_.group, step_)};
  out.members = options_.members;
  out.caught = static_cast<size_t>(std::ranges::count(seats_, wire::State::REFUSED, &Seat::state));
  for (const size_t seat : entering)
    if (const uint32_t worker = seats_[seat].worker; worker < options_.counts.size())
      out.counts.push_back(options_.counts[worker]);
  out.blocks.resize(options_.granularity == Granularity::model ? 1 : layout_.blocks().size());
  const Needs needs = rule_->needs();
  if (!needs.anything()) return out;
  const std::vector<double> zeros(wire::products_size(needs, n));
  out.blocks.assign(out.blocks.size(), wire::products_from(zeros, needs, n));
  if (needs.past_norms) {
    out.past_norms = norms_.past;
    out.past_norms.resize(out.blocks.size());
  }
  for (size_t shard = 0; shard < ranges_.size(); ++shard) {
    // Which of the shard's rows are the ones that enter.
    std::vector<size_t> columns;
    for (size_t seat : entering)
      columns.push_back(static_cast<size_t>(std::ranges::find(taken_[shard], seat) - taken_[shard].begin()));
    const size_t rows = taken_[shard].size(), size = wire::products_size(needs, rows);
    for (uint32_t s = ranges_[shard].first; s < ranges_[shard].last; ++s) {
      if (layout_.blocks()[layout_.segments()[s].block].exchange != Exchange::judged) continue;
      const auto numbers = std::span(products_[shard]).subspan((s - ranges_[shard].first) * size, size);
      const size_t block = options_.granularity == Granularity::model ? 0 : layout_.segments()[s].block;
      out.blocks[block].add(wire::products_from(numbers, needs, rows).of(columns));
    }
  }
  return out;
}

std::vector<size_t> Judge::taken_by_all() const {
  std::vector<size_t> out;
  for (size_t k = 0; k < seats_.size(); ++k)
    if (seats_[k].state == wire::State::TAKEN) out.push_back(k);
  return out;
}

std::vector<size_t> Judge::not_quarantined(const std::vector<size_t>& seats) const {
  std::vector<size_t> out;
  std::ranges::copy_if(seats, std::back_inserter(out), [this](size_t seat) { return !seats_[seat].quarantined; });
  return out;
}

std::optional<Envelope> Judge::centre() {
  if (rule_->needs().trusted != Trust::median || centred_) return {};
  const auto entering = not_quarantined(taken_by_all());
  if (std::ranges::all_of(taken_, [&](const auto& seats) { return not_quarantined(seats) == entering; })) return {};
  centred_ = true;
  came_.assign(came_.size(), false);
  left_ = came_.size();
  return Envelope::of<wire::Centre>([&](wire::Centre::Builder out) {
    out.setRound(round_);
    auto workers = out.initWorkers(static_cast<uint32_t>(entering.size()));
    for (uint32_t k = 0; k < entering.size(); ++k) workers.set(k, seats_[entering[k]].worker);
  });
}

std::vector<std::vector<Row>> Judge::candidates() const {
  std::vector<std::vector<Row>> out;
  for (const size_t seat : taken_by_all()) {
    auto& parts = out.emplace_back();
    for (size_t shard = 0; shard < ranges_.size(); ++shard)
      parts.push_back(
          rows_[shard][static_cast<size_t>(std::ranges::find(taken_[shard], seat) - taken_[shard].begin())]);
  }
  return out;
}

void Judge::recall(const std::vector<size_t>& entering, Geometry& geometry) {
  for (size_t k = 0; k < entering.size(); ++k) {
    const uint32_t worker = seats_[entering[k]].worker;
    double changes = 0, moves = 0;
    for (const Products& products : geometry.blocks) {
      changes += products.changes[k];
      moves += products.moves[k];
    }
    Geometry::Sender sender;
    if (moves > 0) sender.rate = rates_[worker] = std::sqrt(changes / moves);
    const auto last = std::ranges::find(accepted_, worker);
    if (last != accepted_.end()) sender.accepted_ago = static_cast<uint32_t>(last - accepted_.begin());
    geometry.senders.push_back(sender);
  }
  for (const auto& [worker, rate] : rates_) geometry.rates.push_back(rate);
}

void Judge::turn_page() {
  if (norms_.step == step_ || norms_.newest.empty()) return;
  norms_.past = all_norms(std::move(norms_.past), norms_.newest, norms_each());
  norms_.newest.clear();
}

size_t Judge::norms_each() const {
  if (options_.granularity == Granularity::model) return kPastNorms;
  const auto judged = static_cast<size_t>(std::ranges::count(layout_.blocks(), Exchange::judged, &Block::exchange));
  return std::min(kPastNorms, most_norms / std::max<size_t>(judged, 1));
}

std::vector<std::vector<double>> Judge::norms_of(const Geometry& geometry) const {
  std::vector<std::vector<double>> out(geometry.blocks.size());
  for (size_t b = 0; b < out.size(); ++b) {
    if (options_.granularity == Granularity::block && layout_.blocks()[b].exchange != Exchange::judged) continue;
    for (const double square : geometry.blocks[b].squared_norms) out[b].push_back(std::sqrt(square));
  }
  return out;
}

void Judge::remember(const Decision& decision) {
  for (size_t k = 0; k < decision.entering.size(); ++k) {
    const bool accepted = std::ranges::any_of(decision.plan.blocks, [k](const BlockPlan& block) {
      return k < block.verdicts.size() && block.verdicts[k] == Verdict::accepted;
    });
    if (accepted) accepted_.push_front(seats_[decision.entering[k]].worker);
  }
  if (accepted_.size() > 2 * options_.members) accepted_.resize(2 * options_.members);
}

Plan Judge::judged(const Rule& rule, const Geometry& known) const {
  Plan plan = rule.decide(known);
  if (options_.granularity == Granularity::model)
    plan.blocks.resize(layout_.blocks().size(), BlockPlan(plan.blocks.front()));
  for (size_t b = 0; b < plan.blocks.size(); ++b) {
    if (layout_.blocks()[b].exchange == Exchange::judged) continue;
    plan.blocks[b] = {.weights = {}, .verdicts = std::vector<Verdict>(known.rows, Verdict::opposes)};
    if (trusted_) plan.blocks[b].weights = {1};
  }
  return plan;
}

std::map<size_t, std::vector<Verdict>> Judge::trial(const std::vector<size_t>& entering,
                                                    const std::vector<double>& descents) const {
  std::map<size_t, std::vector<Verdict>> out;
  if (rule_->needs().rates) return out;  // what it knows of senders follows from what entered
  const auto taken = taken_by_all();
  for (const size_t seat : taken) {
    if (!seats_[seat].quarantined) continue;
    auto with = entering;
    with.insert(std::ranges::upper_bound(with, seat), seat);
    Geometry known = geometry(with);
    if (!descents.empty())
      for (const size_t k : with)
        known.descents.push_back(descents[static_cast<size_t>(std::ranges::find(taken, k) - taken.begin())]);
    if (options_.objection && options_.objection(known.rows, known.caught)) continue;
    const auto place = static_cast<size_t>(std::ranges::find(with, seat) - with.begin());
    for (const BlockPlan& block : judged(*rule_, known).blocks)
      out[seat].push_back(place < block.verdicts.size() ? block.verdicts[place] : Verdict::opposes);
  }
  return out;
}

Judge::Decision Judge::decide(const std::vector<double>& descents) {
  if (rule_->needs().trusted == Trust::validator && !trusted_)
    return {.plan = {.note = "the validator had no update of its own to judge by: no update"}};
  const auto taken = taken_by_all();
  std::vector<size_t> entering;
  std::vector<double> of_entering;
  for (size_t k = 0; k < taken.size(); ++k) {
    if (seats_[taken[k]].quarantined) continue;
    entering.push_back(taken[k]);
    if (!descents.empty()) of_entering.push_back(descents[k]);
  }
  turn_page();
  Geometry known = geometry(entering);
  known.descents = std::move(of_entering);
  if (rule_->needs().rates) recall(entering, known);
  const Rule* rule = rule_;
  std::string note;
  if (const auto why =
          options_.objection && known.rows > 0 ? options_.objection(known.rows, known.caught) : std::nullopt) {
    if (options_.stop) return {.plan = {.note = *why}, .stop = true};
    if (!options_.fallback) return {.plan = {.note = *why + ": no update"}};
    rule = options_.fallback.get();
    note = *why + ": " + options_.fallback_name + " instead";
  }
  Plan plan = judged(*rule, known);
  if (!note.empty()) plan.note = note + (plan.note.empty() ? "" : "; " + plan.note);
  Decision decision{.plan = std::move(plan), .entering = entering, .would_be = trial(entering, descents)};
  if (rule_->needs().rates) remember(decision);
  if (rule_->needs().past_norms) norms_.newest = norms_of(known), norms_.step = step_;
  return decision;
}

void Judge::save(ActorState& state) const {
  state.rates = rates_;
  state.accepted.assign(accepted_.begin(), accepted_.end());
  state.norms = all_norms(norms_.past, norms_.newest, norms_each());
}

void Judge::restore(const ActorState& state) {
  rates_ = state.rates;
  accepted_.assign(state.accepted.begin(), state.accepted.end());
  norms_ = {.past = all_norms(state.norms, {}, norms_each())};
  came_.assign(came_.size(), true);  // what still comes of the newest round is late
}

Envelope Judge::plan(const std::vector<double>& descents) {
  const auto [plan, entering, stop, would_be] = decide(descents);
  return Envelope::of<wire::Plan>([&, &plan = plan, &entering = entering, stop = stop, &would_be = would_be](wire::Plan::Builder out) {
    out.setRound(round_);
    out.setGroup(options_.group);
    out.setStop(stop);
    auto workers = out.initWorkers(static_cast<uint32_t>(entering.size()));
    for (uint32_t k = 0; k < entering.size(); ++k) workers.set(k, seats_[entering[k]].worker);
    auto blocks = out.initBlocks(static_cast<uint32_t>(plan.blocks.size()));
    for (uint32_t b = 0; b < plan.blocks.size(); ++b) {
      const BlockPlan& block = plan.blocks[b];
      blocks[b].setCombine(static_cast<uint8_t>(block.combine));
      blocks[b].setTrim(block.trim);
      blocks[b].setDrop(block.drop);
      blocks[b].setTrustedWeight(block.trusted_weight);
      blocks[b].setToward(block.toward);
      blocks[b].setStep(block.step);
      blocks[b].setNoise(block.noise);
      blocks[b].setNoiseDraw(block.noise_draw);
      auto mix = blocks[b].initMix(static_cast<uint32_t>(block.mix.size()));
      for (uint32_t k = 0; k < block.mix.size(); ++k) {
        const auto& terms = block.mix[k];
        auto indices = mix[k].initRows(static_cast<uint32_t>(terms.size()));
        auto shares = mix[k].initWeights(static_cast<uint32_t>(terms.size()));
        for (uint32_t t = 0; t < terms.size(); ++t) {
          indices.set(t, terms[t].row);
          shares.set(t, terms[t].weight);
        }
      }
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
      rows[k].setQuarantined(seats_[k].quarantined);
      const auto would = would_be.find(k);
      if (would == would_be.end()) continue;
      auto verdicts = rows[k].initVerdicts(static_cast<uint32_t>(would->second.size()));
      for (uint32_t b = 0; b < would->second.size(); ++b) verdicts.set(b, static_cast<uint8_t>(would->second[b]));
    }
    out.setNote(plan.note);
  });
}

}  // namespace zenops
