#include "actors/shard.hpp"

#include <algorithm>

#include "actors/wire/compose.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

/// A group's rows and what shall become of them, as the pool's threads need it.
struct GroupPlan {
  std::vector<ShardRow> rows;      // those that enter, in the plan's order
  std::vector<BlockPlan> blocks;
  ShardRow trusted;                // empty: it did not come
};

std::vector<BlockPlan> blocks_of(wire::Plan::Reader plan) {
  std::vector<BlockPlan> out;
  for (auto block : plan.getBlocks()) {
    BlockPlan& p = out.emplace_back();
    p.combine = static_cast<Combine>(block.getCombine());
    p.trim = block.getTrim();
    for (float weight : block.getWeights()) p.weights.push_back(weight);
  }
  return out;
}

/// out = before + (1/V) Σ_groups trusted, over one segment.
void apply_trusted(const std::vector<GroupPlan>& groups, float share, uint32_t block, uint32_t segment,
                   std::span<const float> before, std::span<float> out) {
  std::ranges::copy(before, out.begin());
  for (const GroupPlan& group : groups) {
    const bool counts = block < group.blocks.size() && !group.blocks[block].weights.empty();
    if (counts && !group.trusted.segments.empty()) add_scaled(out, share, {group.trusted.segments[segment], out.size()});
  }
}

/// out = before + (1/V) Σ_groups combined, over one segment, tile by tile so that nothing of a row's length is made.
void apply_judged(const std::vector<GroupPlan>& groups, float share, uint32_t block, uint32_t segment,
                  std::span<const float> before, std::span<float> out) {
  constexpr size_t tile = 4096;
  alignas(64) float combined[tile];
  std::vector<const float*> rows;
  std::ranges::copy(before, out.begin());
  for (const GroupPlan& group : groups) {
    if (group.rows.empty()) continue;
    for (size_t at = 0; at < out.size(); at += tile) {
      const size_t size = std::min(tile, out.size() - at);
      rows.clear();
      for (const ShardRow& row : group.rows) rows.push_back(row.segments[segment] ? row.segments[segment] + at : nullptr);
      combine(group.blocks[block], rows, size, combined);
      add_scaled(out.subspan(at, size), share, std::span(combined, size));
    }
  }
}

void apply_segment(Exchange exchange, const std::vector<GroupPlan>& groups, float share, uint32_t block, uint32_t segment,
                   std::span<const float> before, std::span<float> out) {
  switch (exchange) {
    case Exchange::judged:
      return apply_judged(groups, share, block, segment, before, out);
    case Exchange::trusted:
      return apply_trusted(groups, share, block, segment, before, out);
    case Exchange::none:
      std::ranges::copy(before, out.begin());
  }
}

}  // namespace

Shard::Shard(Context& context, Options options, Layout layout, std::shared_ptr<Rows> rows, Row initial)
    : Actor(context),
      options_(options),
      layout_(std::move(layout)),
      range_(layout_.shard(options.index, options.shards)),
      rows_(std::move(rows)),
      parameters_(std::move(initial)),
      groups_(options.validators) {
  context.watch();
}

Behavior Shard::handlers() {
  return Behavior{}
      .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) { open(m); })
      .on<wire::Pull>(From{"worker/", "validator/", "evaluator", "scheduler"}, [this](const Msg<wire::Pull>& m) { pull(m); })
      .on<wire::Push>(From{"worker/", "validator/"}, [this](const Msg<wire::Push>& m) {
        context().sender().name.starts_with("validator/") ? push_trusted(m) : push(m);
      })
      .on<wire::Skip>(From{"worker/"}, [this](const Msg<wire::Skip>& m) { skip(m); })
      .on<wire::Apply>(From{"scheduler"}, [this](const Msg<wire::Apply>& m) { apply(m); })
      .on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) { down(m); })
      .on<wire::Up>(the_operator, [](const Msg<wire::Up>&) {});  // the next Open names who is there
}

void Shard::open(const Msg<wire::Open>& open) {
  round_ = open->getRound();
  std::vector<std::vector<Member>> members(options_.validators);
  for (auto m : open->getMembers())
    members[group_of(m.getWorker())].push_back({m.getWorker(), m.getIncarnation(), m.getAwaited()});
  for (uint32_t g = 0; g < options_.validators; ++g) {
    groups_[g] = Round(members[g], options_.needs == Needs::trusted_dots || layout_.has(Exchange::trusted));
    // Who fell before we heard of the round will not be announced again.
    for (const Member& m : members[g])
      if (!context().lives({nth("worker", m.worker), m.incarnation})) groups_[g].lose(m.worker, m.incarnation);
    close_if_full(g);
  }
  context().after(options_.deadline, [this, round = round_] {
    for (uint32_t g = 0; round == round_ && g < options_.validators; ++g)
      if (!groups_[g].closed()) close(g);
  });
}

void Shard::pull(const Msg<wire::Pull>& pull) {
  if (pull->getVersion() != version_) return refuse(pull->getVersion() + 1, {Ec::stale, "this shard has another version"});
  context().tell(context().sender().name, Envelope::of<wire::Parameters>(
                                              [this](wire::Parameters::Builder out) {
                                                out.setVersion(version_);
                                                out.setShard(options_.index);
                                                out.initTensor().initShape(1).set(0, range_.size);
                                              },
                                              {parameters_}));
}

Round* Shard::floor(uint32_t round) {
  const Address& sender = context().sender();
  const uint32_t worker = index_of(sender.name);
  if (round != round_) {
    refuse(round, {Ec::stale, "it is of another round"});
    return nullptr;
  }
  Round& group = groups_[group_of(worker)];
  if (auto may = group.may_speak(worker, sender.incarnation); !may) {
    refuse(round, may.error());
    return nullptr;
  }
  return &group;
}

void Shard::push(const Msg<wire::Push>& push) {
  Round* group = floor(push->getRound());
  if (!group) return;
  const uint32_t worker = index_of(context().sender().name);
  auto row = door::admit(push, round_, layout_, range_, Sender::worker);
  if (row) {
    group->offer(worker, std::move(*row));
  } else {
    group->refuse(worker, row.error().code);
    refuse(round_, row.error());
  }
  close_if_full(group_of(worker));
}

void Shard::skip(const Msg<wire::Skip>& skip) {
  Round* group = floor(skip->getRound());
  if (!group) return;
  const uint32_t worker = index_of(context().sender().name);
  group->skip(worker);
  close_if_full(group_of(worker));
}

void Shard::push_trusted(const Msg<wire::Push>& push) {
  const uint32_t g = index_of(context().sender().name);
  if (g >= options_.validators || push->getRound() != round_) return;
  auto row = door::admit(push, round_, layout_, range_, Sender::validator);
  // A validator whose training went to NaN has nothing to judge by; the same as if it had fallen.
  if (row && std::ranges::none_of(row->segments, [](const float* s) { return s == nullptr; })) {
    groups_[g].offer_trusted(std::move(*row));
  } else {
    groups_[g].lose_trusted();
  }
  close_if_full(g);
}

void Shard::down(const Msg<wire::Down>& down) {
  const std::string name = down->getName().cStr();
  const uint32_t k = index_of(name);
  if (name.starts_with("worker/")) {
    groups_[group_of(k)].lose(k, down->getIncarnation());
    close_if_full(group_of(k));
  } else if (name.starts_with("validator/")) {
    groups_[k].lose_trusted();
    close_if_full(k);
  }
}

void Shard::refuse(uint32_t round, const Error& error) {
  const std::string& to = context().sender().name;
  if (!to.starts_with("worker/")) return;
  context().tell(to, Envelope::of<wire::Refused>([&](wire::Refused::Builder out) {
                   out.setRound(round);
                   out.setCode(static_cast<uint8_t>(error.code));
                   out.setWhat(error.what);
                 }));
}

void Shard::close_if_full(uint32_t group) {
  if (round_ > version_ && !groups_[group].closed() && groups_[group].full()) close(group);
}

void Shard::close(uint32_t group) {
  groups_[group].close();
  auto rows = std::make_shared<std::vector<ShardRow>>();
  for (const auto& seat : groups_[group].seats())
    if (seat.state == Round::State::taken) rows->push_back(seat.row);
  const ShardRow* trusted = groups_[group].trusted();
  if (options_.needs == Needs::nothing || !trusted) return send_measured(group, {});

  const size_t segments = range_.last - range_.first;
  auto products = std::make_shared<std::vector<Products>>(segments);
  std::vector<size_t> sizes;
  for (size_t s = 0; s < segments; ++s) sizes.push_back(layout_.segments()[range_.first + s].size);
  context().for_each(
      segments,
      [rows, trusted = *trusted, products, sizes = std::move(sizes)](size_t s, int) {
        std::vector<const float*> pointers;
        for (const ShardRow& row : *rows) pointers.push_back(row.segments[s]);
        (*products)[s] = measure(pointers, trusted.segments[s], sizes[s]);
      },
      [this, group, products, round = round_] {
        if (round == round_) send_measured(group, *products);
      });
}

void Shard::send_measured(uint32_t group, const std::vector<Products>& products) {
  const Round& round = groups_[group];
  context().tell(nth("validator", group), Envelope::of<wire::Measured>([&](wire::Measured::Builder out) {
                   out.setRound(round_);
                   out.setShard(options_.index);
                   out.setTrusted(round.trusted() != nullptr);
                   const auto& seats = round.seats();
                   auto rows = out.initRows(static_cast<uint32_t>(seats.size()));
                   for (uint32_t k = 0; k < seats.size(); ++k) {
                     rows[k].setWorker(seats[k].member.worker);
                     rows[k].setIncarnation(seats[k].member.incarnation);
                     rows[k].setState(static_cast<wire::State>(seats[k].state));
                     rows[k].setRefusal(static_cast<uint8_t>(seats[k].refusal));
                     auto blocks = rows[k].initBlocks(static_cast<uint32_t>(layout_.blocks().size()));
                     const auto& sent = seats[k].row.blocks;
                     for (uint32_t b = 0; b < sent.size(); ++b) blocks.set(b, sent[b]);
                   }
                   size_t count = 0;
                   for (const Products& p : products) count += 2 * p.dots.size() + 1;
                   auto numbers = out.initProducts(static_cast<uint32_t>(count));
                   uint32_t at = 0;
                   for (const Products& p : products) {
                     for (size_t k = 0; k < p.dots.size(); ++k) {
                       numbers.set(at++, p.squared_norms[k]);
                       numbers.set(at++, p.dots[k]);
                     }
                     numbers.set(at++, p.trusted_squared_norm);
                   }
                 }));
}

void Shard::apply(const Msg<wire::Apply>& apply) {
  if (apply->getRound() != round_ || version_ == round_) return;
  auto plans = std::make_shared<std::vector<GroupPlan>>();
  for (auto plan : apply->getPlans()) {
    GroupPlan& group = plans->emplace_back();
    group.blocks = blocks_of(plan);
    if (const ShardRow* trusted = groups_[plan.getGroup()].trusted()) group.trusted = *trusted;
    for (uint32_t worker : plan.getWorkers()) group.rows.push_back(groups_[plan.getGroup()].row(worker));
  }
  for (Round& group : groups_) group.close();

  Row next = rows_->make(range_.size);
  std::vector<Segment> segments(layout_.segments().begin() + range_.first, layout_.segments().begin() + range_.last);
  std::vector<Exchange> exchanges;
  for (const Segment& segment : segments) exchanges.push_back(layout_.blocks()[segment.block].exchange);
  const float share = 1 / static_cast<float>(options_.validators);
  context().for_each(
      segments.size(),
      [plans, share, segments, exchanges, before = parameters_, next, offset = range_.offset](size_t s, int) mutable {
        const Segment& segment = segments[s];
        apply_segment(exchanges[s], *plans, share, segment.block, static_cast<uint32_t>(s),
                      before.view().subspan(segment.offset - offset, segment.size),
                      next.mutable_view().subspan(segment.offset - offset, segment.size));
      },
      [this, next, round = round_] {
        parameters_ = next;
        version_ = round;
        for (Round& group : groups_) group = {};  // lets go of the rows
        context().tell("scheduler", Envelope::of<wire::Committed>([this](wire::Committed::Builder out) {
                         out.setRound(version_);
                         out.setShard(options_.index);
                       }));
      });
}

}  // namespace zenops
