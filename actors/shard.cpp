#include "actors/shard.hpp"

#include <algorithm>

#include "actors/wire/compose.hpp"
#include "base/sha256.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {

Shard::Shard(Context& context, Options options, Layout layout, std::shared_ptr<Rows> rows, Row initial)
    : Holder(context, options, std::move(layout), std::move(rows), std::move(initial)), groups_(options.validators), tables_(options.validators),
      bringing_(options.validators) {}

Behavior Shard::handlers() {
  return Behavior{}
      .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) { open(m); })
      .on<wire::Pull>(From{"worker/", "validator/", "evaluator", "scheduler"},
                      [this](const Msg<wire::Pull>& m) { pull(m); })
      .on<wire::Push>(From{"worker/", "validator/"},
                      [this](const Msg<wire::Push>& m) { hear(context().sender(), m.envelope()); })
      .on<wire::Skip>(From{"worker/"}, [this](const Msg<wire::Skip>& m) { hear(context().sender(), m.envelope()); })
      .on<wire::Centre>(From{"validator/"}, [this](const Msg<wire::Centre>& m) { centre(m); })
      .on<wire::Apply>(From{"scheduler"}, [this](const Msg<wire::Apply>& m) { apply(m); })
      .on<wire::Save>(From{"scheduler"}, [this](const Msg<wire::Save>& m) { save(m); })
      .on<wire::Restore>(From{"scheduler"}, [this](const Msg<wire::Restore>& m) { restore(m); })
      .on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) { down(m); })
      .on<wire::Up>(the_operator, [](const Msg<wire::Up>&) {});  // the next Open names who is there
}

void Shard::open(const Msg<wire::Open>& open) {
  // Numbers only grow. One that came before would take back what its round has made.
  if (open->getRound() <= round_) return;
  go_back_to(open->getVersion());
  follow(rule_in(*open));
  round_ = open->getRound();
  applied_ = 0;
  step_ = open->getStep();
  lr_ = open->getLr();
  evidence_ = open->getEvidence();
  to_hash_.clear();
  end_rounds();
  std::vector<std::vector<Member>> members(options_.validators);
  for (auto m : open->getMembers())
    members[group_of(m.getWorker())].push_back({m.getWorker(), m.getIncarnation(), m.getAwaited(), m.getQuarantined(), m.getWatched()});
  for (uint32_t g = 0; g < options_.validators; ++g) {
    groups_[g] = Round(members[g], awaits_trusted());
    groups_[g].keep_in(workspaces());
    tables_[g] = growing_tables(g, members[g].size());
    bringing_[g] = bringing(g, groups_[g]);
    if (bringing_[g] && needs().trusted == Trust::previous) bringing_[g]->add(previous(g));
    // Who fell before we heard of the round will not be announced again.
    for (const Member& m : members[g])
      if (!context().lives({nth("worker", m.worker), m.incarnation})) groups_[g].lose(m.worker, m.incarnation);
    close_if_full(g);
  }
  context().after(options_.deadline, [this, round = round_] {
    for (uint32_t g = 0; round == round_ && g < options_.validators; ++g)
      if (!groups_[g].closed()) close(g);
  });
  for (const auto& [from, said] : std::exchange(early_, {})) hear(from, said);
}

void Shard::go_back_to(uint32_t version) {
  if (before_ && before_->version == version) {
    reset(std::exchange(before_, std::nullopt)->holding);
    version_ = version;
  }
  if (version_ != version)
    throw std::runtime_error("a round is to begin from version " + std::to_string(version) + ", it has " + std::to_string(version_));
}

void Shard::save(const Msg<wire::Save>& save) {
  state([this, ticket = save->getTicket()](const ActorState& state) {
    context().tell("scheduler", Envelope::of<wire::Saved>(
                                    [&](wire::Saved::Builder saved) {
                                      saved.setTicket(ticket);
                                      write(state, saved.initState());
                                    },
                                    rows_of(state)));
  });
}

void Shard::restore(const Msg<wire::Restore>& restore) {
  if (restore->getTicket() <= restored_) return;  // it was told already, and what has been made since stays
  restored_ = restore->getTicket();
  const auto state = read_state(restore->getState(), restore.rows());
  if (!state) throw std::runtime_error("what it was to be restored to cannot be read: " + state.error().what);
  follow(rule_in(*restore));
  Holder::restore(*state, [this, ticket = restore->getTicket(), version = restore->getVersion()](Holding holding) {
    const uint64_t hash = holding.hash;
    reset(std::move(holding));
    before_.reset();
    version_ = round_ = version;
    applied_ = 0;
    end_rounds();
    for (auto& tables : tables_) tables = nullptr;
    context().tell("scheduler", Envelope::of<wire::Restored>([&](wire::Restored::Builder out) {
                     out.setTicket(ticket);
                     out.setHash(hash);
                   }));
  });
}

void Shard::pull(const Msg<wire::Pull>& pull) {
  if (pull->getVersion() != version_)
    return refuse(pull->getVersion() + 1, {Ec::stale, "this shard has another version"});
  tell_parameters(context().sender().name, version_);
}

void Shard::hear(const Address& from, const Envelope& said) {
  const bool skips = said.type == capnp::typeId<wire::Skip>();
  const uint32_t round = skips ? Msg<wire::Skip>(said)->getRound() : Msg<wire::Push>(said)->getRound();
  if (round > round_) {
    const bool again = std::ranges::find(early_, from, &Early::from) != early_.end();
    return again ? refuse(from.name, round, {Ec::duplicate, "it has spoken of another round that is not open"})
                 : early_.push_back({from, said});
  }
  if (skips) return skip(from, Msg<wire::Skip>(said));
  const Msg<wire::Push> row(said);
  from.name.starts_with("validator/") ? push_trusted(from, row) : push(from, row);
}

Round* Shard::floor(const Address& from, uint32_t round) {
  const uint32_t worker = index_of(from.name);
  if (round != round_ || version_ == round_) {
    refuse(from.name, round, {Ec::stale, round == round_ ? "its round is over" : "it is of another round"});
    return nullptr;
  }
  Round& group = groups_[group_of(worker)];
  if (auto may = group.may_speak(worker, from.incarnation); !may) {
    refuse(from.name, round, may.error());
    return nullptr;
  }
  return &group;
}

void Shard::push(const Address& from, const Msg<wire::Push>& push) {
  Round* group = floor(from, push->getRound());
  if (!group) return;
  const uint32_t worker = index_of(from.name);
  auto row = admit(push, round_);
  if (row ? group->watches(worker) : evidence_) to_hash_.emplace_back(worker, std::vector<Row>(push.rows().begin(), push.rows().end()));
  if (row) {
    group->offer(worker, std::move(*row));
    came(group_of(worker), worker, group->row(worker));
  } else {
    group->refuse(worker, row.error().code);
    refuse(from.name, round_, row.error());
  }
  close_if_full(group_of(worker));
}

void Shard::skip(const Address& from, const Msg<wire::Skip>& skip) {
  Round* group = floor(from, skip->getRound());
  if (!group) return;
  const uint32_t worker = index_of(from.name);
  group->skip(worker);
  close_if_full(group_of(worker));
}

void Shard::push_trusted(const Address& from, const Msg<wire::Push>& push) {
  const uint32_t g = index_of(from.name);
  if (g >= options_.validators || push->getRound() != round_) return;
  if (auto row = admit_trusted(push, round_)) {
    const bool first = !groups_[g].trusted() && !groups_[g].closed();
    groups_[g].offer_trusted(std::move(*row));
    if (first && needs().trusted == Trust::validator) came(g, GrowingTables::kTrusted, *groups_[g].trusted());
  } else {
    groups_[g].lose_trusted();  // the same as if it had fallen
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

void Shard::close_if_full(uint32_t group) {
  if (round_ > version_ && !groups_[group].closed() && groups_[group].full()) close(group);
}

void Shard::close(uint32_t group) {
  groups_[group].close();
  const auto tables = tables_[group];
  // Where nothing is measured, what has come may still be brought until it is combined.
  const auto bringing = needs().anything() ? bringing_[group] : nullptr;
  if (!tables && !bringing) return measure(round_, step_, group, groups_[group]);
  const auto measured = [this, tables, round = round_, group] {
    if (round == round_ && version_ != round_) measure(round_, step_, group, groups_[group], {}, nullptr, tables);
  };
  const auto brought = [tables, measured] { tables ? tables->finish(measured) : measured(); };
  bringing ? bringing->finish(brought) : brought();
}

void Shard::came(uint32_t group, uint32_t sender, const ShardRow& row) {
  if (tables_[group]) tables_[group]->add(sender, row);
  const Round& round = groups_[group];
  if (!bringing_[group]) return;
  // The last row is copied where it is measured, at once; who is quarantined is measured and not combined.
  const bool awaited = needs().anything() ? !round.full() : sender == GrowingTables::kTrusted || round.enters(sender);
  if (awaited) bringing_[group]->add(row);
}

void Shard::end_rounds() {
  for (Round& group : groups_) group = {};
  for (auto& bringing : bringing_)
    if (const auto ended = std::exchange(bringing, nullptr)) ended->finish();
}

void Shard::centre(const Msg<wire::Centre>& centre) {
  const uint32_t group = index_of(context().sender().name);
  if (centre->getRound() != round_ || version_ == round_ || group >= groups_.size() || !groups_[group].closed()) return;
  std::vector<uint32_t> workers;
  for (const uint32_t worker : centre->getWorkers()) workers.push_back(worker);
  measure(round_, step_, group, groups_[group], {}, &workers);
}

void Shard::apply(const Msg<wire::Apply>& apply) {
  // What is being made is not made twice: of two that begin from one version only the later would be at the accelerator.
  if (apply->getRound() != round_ || version_ == round_ || applied_ == round_) return;
  applied_ = round_;
  before_ = Before{version_, holding()};
  std::vector<GroupPlan> plans;
  for (auto plan : apply->getPlans()) {
    plans.push_back(group_plan(plan, groups_[plan.getGroup()]));
    plans.back().share = 1 / static_cast<float>(options_.validators);
  }
  for (Round& group : groups_) group.close();
  for (const auto& bringing : bringing_)
    if (bringing) bringing->finish();
  Holder::apply(std::move(plans), lr_, [this, round = round_] {
    version_ = round;
    end_rounds();
    commit();
  });
}

void Shard::commit() {
  auto rows = std::make_shared<Sent>(std::exchange(to_hash_, {}));
  if (rows->empty()) return tell_committed(version_);
  auto hashes = std::make_shared<std::vector<std::string>>(rows->size());
  context().for_each(
      rows->size(),
      [rows, hashes](size_t k, int) {
        std::vector<std::span<const std::byte>> parts;
        for (const Row& row : (*rows)[k].second) parts.push_back(std::as_bytes(row.view()));
        (*hashes)[k] = sha256(parts);
      },
      [this, version = version_, rows, hashes] {
        std::map<uint32_t, std::string> told;
        for (size_t k = 0; k < rows->size(); ++k) told[(*rows)[k].first] = (*hashes)[k];
        if (version == version_) tell_committed(version, told);
      });
}

}  // namespace zenops
