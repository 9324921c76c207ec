#include "actors/shard.hpp"

#include <algorithm>

#include "actors/wire/compose.hpp"
#include "actors/wire/products.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

/// A group's rows and what shall become of them, as the pool's threads need it.
struct GroupPlan {
  std::vector<ShardRow> rows;  // those that enter, in the plan's order
  std::vector<BlockPlan> blocks;
  ShardRow trusted;    // empty: it did not come
  Row previous, next;  // empty where the rule does not need them
};

std::vector<BlockPlan> blocks_of(wire::Plan::Reader plan) {
  std::vector<BlockPlan> out;
  for (auto block : plan.getBlocks()) {
    BlockPlan& p = out.emplace_back();
    p.combine = static_cast<Combine>(block.getCombine());
    p.trim = block.getTrim();
    p.drop = block.getDrop();
    p.trusted_weight = block.getTrustedWeight();
    for (float weight : block.getWeights()) p.weights.push_back(weight);
    for (auto mixed : block.getMix()) {
      auto& terms = p.mix.emplace_back();
      const auto weights = mixed.getWeights();
      uint32_t k = 0;
      for (uint32_t row : mixed.getRows()) terms.push_back({row, weights[k++]});
    }
  }
  return out;
}

/// One segment of the new parameters, in the making.
struct Making {
  Segment segment;
  Exchange exchange;
  uint32_t index;  // among the shard's segments
  size_t offset;   // of the segment, in the shard's floats
  std::span<const float> before;
  std::span<float> out;
};

/// out += (1/V) Σ_groups trusted.
void add_trusted(const std::vector<GroupPlan>& groups, float share, const Making& making) {
  for (const GroupPlan& group : groups) {
    const uint32_t block = making.segment.block;
    const bool counts = block < group.blocks.size() && !group.blocks[block].weights.empty();
    if (counts && !group.trusted.segments.empty())
      add_scaled(making.out, share, {group.trusted.segments[making.index], making.out.size()});
  }
}

/// out += (1/V) Σ_groups combined, tile by tile so that nothing of a row's length is made.
void add_judged(std::vector<GroupPlan>& groups, float share, const Making& making) {
  constexpr size_t tile = 4096;
  alignas(64) float combined[tile];
  std::vector<const float*> rows;
  for (GroupPlan& group : groups) {
    if (group.rows.empty()) continue;
    for (size_t at = 0; at < making.out.size(); at += tile) {
      const size_t size = std::min(tile, making.out.size() - at), place = making.offset + at;
      rows.clear();
      for (const ShardRow& row : group.rows)
        rows.push_back(row.segments[making.index] ? row.segments[making.index] + at : nullptr);
      const float* previous = group.previous.empty() ? nullptr : group.previous.view().data() + place;
      combine(group.blocks[making.segment.block], rows, previous, size, combined);
      add_scaled(making.out.subspan(at, size), share, std::span(combined, size));
      if (!group.next.empty()) std::ranges::copy(std::span(combined, size), group.next.mutable_view().data() + place);
    }
  }
}

void make_segment(std::vector<GroupPlan>& groups, float share, const Making& making) {
  std::ranges::copy(making.before, making.out.begin());
  switch (making.exchange) {
    case Exchange::judged:
      return add_judged(groups, share, making);
    case Exchange::trusted:
      add_trusted(groups, share, making);
      break;
    case Exchange::none:
      break;
  }
  for (GroupPlan& group : groups)  // no row has anything there
    if (!group.next.empty()) std::ranges::fill(group.next.mutable_view().subspan(making.offset, making.out.size()), 0.0f);
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
  if (options_.needs.trusted == Trust::previous)
    for (uint32_t g = 0; g < options_.validators; ++g) {
      previous_.push_back(rows_->make(range_.size));
      std::ranges::fill(previous_.back().mutable_view(), 0.0f);
    }
  context.watch();
}

Behavior Shard::handlers() {
  return Behavior{}
      .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) { open(m); })
      .on<wire::Pull>(From{"worker/", "validator/", "evaluator", "scheduler"},
                      [this](const Msg<wire::Pull>& m) { pull(m); })
      .on<wire::Push>(From{"worker/", "validator/"},
                      [this](const Msg<wire::Push>& m) {
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
    groups_[g] = Round(members[g], awaits_trusted());
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
  if (pull->getVersion() != version_)
    return refuse(pull->getVersion() + 1, {Ec::stale, "this shard has another version"});
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
  if (!options_.needs.anything() || (options_.needs.trusted == Trust::validator && !trusted))
    return send_measured(group, {});

  const size_t segments = range_.last - range_.first;
  auto products = std::make_shared<std::vector<Products>>(segments);
  // Where the trusted row's segments begin; nowhere when nobody is trusted.
  std::vector<const float*> believed(segments);
  std::vector<size_t> sizes;
  Row previous;
  for (size_t s = 0; s < segments; ++s) {
    sizes.push_back(layout_.segments()[range_.first + s].size);
    if (options_.needs.trusted == Trust::validator) believed[s] = trusted->segments[s];
    if (options_.needs.trusted == Trust::previous)
      believed[s] = previous_[group].view().data() + (layout_.segments()[range_.first + s].offset - range_.offset);
  }
  if (!previous_.empty()) previous = previous_[group];
  context().for_each(
      segments,
      [rows, believed = std::move(believed), kept = trusted ? *trusted : ShardRow{}, previous, products,
       sizes = std::move(sizes), table = options_.needs.table](size_t s, int) {
        std::vector<const float*> pointers;
        for (const ShardRow& row : *rows) pointers.push_back(row.segments[s]);
        (*products)[s] = measure(pointers, believed[s], sizes[s], table);
      },
      [this, group, products, round = round_] {
        if (round == round_) send_measured(group, *products);
      });
}

Row Shard::whole(const ShardRow& row) const {
  if (row.rows.size() == 1 && row.rows[0].size() == range_.size) return row.rows[0];
  Row out = rows_->make(range_.size);
  for (size_t s = 0; s < row.segments.size(); ++s) {
    const Segment& segment = layout_.segments()[range_.first + s];
    const auto target = out.mutable_view().subspan(segment.offset - range_.offset, segment.size);
    if (row.segments[s])
      std::copy_n(row.segments[s], segment.size, target.begin());
    else
      std::ranges::fill(target, 0.0f);
  }
  return out;
}

void Shard::send_measured(uint32_t group, const std::vector<Products>& products) {
  const Round& round = groups_[group];
  std::vector<Row> candidates;
  if (options_.needs.losses)
    for (const auto& seat : round.seats())
      if (seat.state == Round::State::taken) candidates.push_back(whole(seat.row));
  context().tell(nth("validator", group),
                 Envelope::of<wire::Measured>(
                     [&](wire::Measured::Builder out) {
                       out.setRound(round_);
                       out.setShard(options_.index);
                       out.setTrusted(!awaits_trusted() || round.trusted() != nullptr);
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
                       std::vector<double> numbers;
                       for (const Products& p : products) wire::append(p, options_.needs, numbers);
                       auto list = out.initProducts(static_cast<uint32_t>(numbers.size()));
                       for (uint32_t k = 0; k < numbers.size(); ++k) list.set(k, numbers[k]);
                     },
                     std::move(candidates)));
}

void Shard::apply(const Msg<wire::Apply>& apply) {
  if (apply->getRound() != round_ || version_ == round_) return;
  auto plans = std::make_shared<std::vector<GroupPlan>>();
  for (auto plan : apply->getPlans()) {
    GroupPlan& group = plans->emplace_back();
    group.blocks = blocks_of(plan);
    if (const ShardRow* trusted = groups_[plan.getGroup()].trusted()) group.trusted = *trusted;
    for (uint32_t worker : plan.getWorkers()) group.rows.push_back(groups_[plan.getGroup()].row(worker));
    if (previous_.empty() || group.rows.empty()) continue;
    group.previous = previous_[plan.getGroup()];
    group.next = previous_[plan.getGroup()] = rows_->make(range_.size);
  }
  for (Round& group : groups_) group.close();

  Row next = rows_->make(range_.size);
  std::vector<Segment> segments(layout_.segments().begin() + range_.first, layout_.segments().begin() + range_.last);
  std::vector<Making> makings;
  for (uint32_t k = 0; k < segments.size(); ++k) {
    const Segment& segment = segments[k];
    const size_t offset = segment.offset - range_.offset;
    makings.push_back({segment, layout_.blocks()[segment.block].exchange, k, offset,
                       parameters_.view().subspan(offset, segment.size), next.mutable_view().subspan(offset, segment.size)});
  }
  const float share = 1 / static_cast<float>(options_.validators);
  context().for_each(
      makings.size(),
      // The rows keep what the makings point to.
      [plans, share, makings, before = parameters_, next](size_t s, int) { make_segment(*plans, share, makings[s]); },
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
