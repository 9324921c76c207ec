#include "actors/async_shard.hpp"

#include <algorithm>

#include "actors/wire/compose.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

/// Each row counts `factors` times itself.
void damp(std::vector<BlockPlan>& blocks, const std::vector<float>& factors) {
  if (std::ranges::all_of(factors, [](float f) { return f == 1; })) return;
  for (BlockPlan& block : blocks) {
    if (block.combine == Combine::weighted_sum) {
      for (size_t k = 0; k < block.weights.size(); ++k) block.weights[k] *= factors[k];
    } else if (block.mix.empty()) {
      for (uint32_t k = 0; k < factors.size(); ++k) block.mix.push_back({{k, factors[k]}});
    } else {
      for (auto& row : block.mix)
        for (Term& term : row) term.weight *= factors[term.row];
    }
  }
}

}  // namespace

AsyncShard::AsyncShard(Context& context, Options options, Layout layout, std::shared_ptr<Rows> rows, Row initial)
    : Holder(context, options, std::move(layout), std::move(rows), std::move(initial)), directions_(options.validators) {}

Behavior AsyncShard::handlers() {
  return Behavior{}
      .on<wire::Push>(From{"worker/", "validator/"},
                      [this](const Msg<wire::Push>& m) {
                        context().sender().name.starts_with("validator/") ? push_trusted(m) : push(m);
                      })
      .on<wire::Batch>(From{"scheduler"}, [this](const Msg<wire::Batch>& m) { batch(m); })
      .on<wire::Centre>(From{"validator/"}, [this](const Msg<wire::Centre>& m) { centre(m); })
      .on<wire::Drop>(From{"scheduler"}, [this](const Msg<wire::Drop>& m) { drop(m->getUpdate()); })
      .on<wire::Serve>(From{"scheduler"}, [this](const Msg<wire::Serve>& m) { serve(m); })
      .on<wire::Fold>(From{"scheduler"}, [this](const Msg<wire::Fold>& m) { fold(m); })
      .on<wire::Adopt>(From{"scheduler"}, [this](const Msg<wire::Adopt>& m) { adopt(m); })
      .on<wire::Pull>(From{"evaluator", "scheduler"}, [this](const Msg<wire::Pull>& m) { pull(m); })
      .on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) { down(m); })
      .on<wire::Up>(the_operator, [](const Msg<wire::Up>&) {});
}

void AsyncShard::push(const Msg<wire::Push>& push) {
  const Address& sender = context().sender();
  const uint32_t worker = index_of(sender.name), number = push->getRound();
  auto& kept = kept_[worker];
  // First word wins: a liar must not replace what it already said.
  if (!kept.empty() && kept.back().incarnation == sender.incarnation && kept.back().number >= number)
    return refuse(number, {Ec::duplicate, "it has spoken before"});
  if (kept.size() >= max_kept) {
    if (kept.front().incarnation == sender.incarnation)
      return refuse(number, {Ec::duplicate, "too many of its updates wait to be judged"});
    kept.pop_front();  // of a life that is over
  }
  auto row = admit(push, number);
  if (!row) refuse(number, row.error());
  kept.push_back({sender.incarnation, number, std::move(row)});
  fill_all();
}

void AsyncShard::push_trusted(const Msg<wire::Push>& push) {
  const uint32_t g = index_of(context().sender().name), number = push->getRound();
  if (g >= directions_.size() || number <= directions_[g].number) return;
  directions_[g] = {number, admit_trusted(push, number)};
  fill_all();
  go_on();
}

void AsyncShard::batch(const Msg<wire::Batch>& batch) {
  std::vector<Member> members;
  std::vector<uint32_t> numbers;
  for (auto update : batch->getUpdates()) {
    members.push_back({update.getWorker(), update.getIncarnation(), true});
    numbers.push_back(update.getNumber());
  }
  const bool trusted = batch->getDirection() > 0;
  const uint32_t number = batch->getNumber();
  batches_[number] = {batch->getGroup(), batch->getDirection(), std::move(numbers), Round(std::move(members), trusted)};
  batches_[number].round.keep_in(workspaces());
  batches_[number].bringing = bringing(batch->getGroup(), batches_[number].round);
  fill(number);
  context().after(options_.deadline, [this, number] { close(number); });
}

void AsyncShard::fill_all() {
  std::vector<uint32_t> open;
  for (const auto& [number, batch] : batches_)
    if (!batch.round.closed()) open.push_back(number);
  for (const uint32_t number : open) fill(number);
}

void AsyncShard::fill(uint32_t number) {
  Batch& batch = batches_.at(number);
  Round& round = batch.round;
  std::vector<uint32_t> came;
  for (size_t k = 0; k < batch.numbers.size(); ++k) {
    const Member& member = round.seats()[k].member;
    if (!round.may_speak(member.worker, member.incarnation)) continue;
    auto& kept = kept_[member.worker];
    const auto update = std::ranges::find_if(kept, [&](const Kept& u) {
      return u.incarnation == member.incarnation && u.number == batch.numbers[k];
    });
    if (update == kept.end()) {
      // It speaks in order: after a later word the one that is missing will not come.
      const bool passed = std::ranges::any_of(kept, [&](const Kept& u) {
        return u.incarnation == member.incarnation && u.number > batch.numbers[k];
      });
      if (passed) round.refuse(member.worker, Ec::stale);
      continue;
    }
    if (update->row) {
      round.offer(member.worker, std::move(*update->row));
      came.push_back(member.worker);
    } else {
      round.refuse(member.worker, update->row.error().code);
    }
    // What is older will not be asked for; this one stays as a word that was said.
    update->row = fail(Ec::duplicate, "it was judged");
    kept.erase(kept.begin(), update);
  }
  if (const Direction& direction = directions_[batch.group]; batch.direction > 0 && direction.number >= batch.direction) {
    if (direction.number == batch.direction && direction.row)
      round.offer_trusted(*direction.row);
    else
      round.lose_trusted();
  }
  // The last row is copied where it is measured, at once.
  if (batch.bringing && (!round.full() || !needs().anything()))
    for (const uint32_t worker : came) batch.bringing->add(round.row(worker));
  if (round.full()) close(number);
}

void AsyncShard::close(uint32_t number) {
  const auto found = batches_.find(number);
  if (found == batches_.end() || found->second.round.closed()) return;
  Batch& batch = found->second;
  batch.round.close();
  // Where nothing is measured, what has come may still be brought until it is combined.
  const auto bringing = needs().anything() ? batch.bringing : nullptr;
  const auto brought = [bringing](std::function<void()> then) { bringing ? bringing->finish(std::move(then)) : then(); };
  if (!needs().remembers())
    return brought([this, number, group = batch.group, round = batch.round, histories = histories(batch)] {
      measure(number, number, group, round, histories);
    });
  // What the rule believes is what the batch before became.
  then({[] { return true; }, [this, brought, number, group = batch.group, round = batch.round] {
          brought([this, number, group, round] {
            measure(number, number, group, round);
            done();
          });
        }});
}

std::vector<History> AsyncShard::histories(const Batch& batch) {
  std::vector<History> out;
  if (!needs().rates) return out;
  for (size_t k = 0; k < batch.numbers.size(); ++k) {
    const Round::Seat& seat = batch.round.seats()[k];
    if (seat.state != Round::State::taken) continue;
    Past& past = past_[seat.member.worker];
    const Row base = base_of(seat.member.worker, batch.numbers[k]);
    out.push_back({past.row, base, past.base});
    past.row = seat.row;
    past.base = base;
  }
  return out;
}

Row AsyncShard::base_of(uint32_t worker, uint32_t number) const {
  const auto past = past_.find(worker);
  if (past == past_.end()) return {};
  auto base = past->second.bases.upper_bound(number);
  return base == past->second.bases.begin() ? Row{} : std::prev(base)->second;
}

void AsyncShard::centre(const Msg<wire::Centre>& centre) {
  const uint32_t number = centre->getRound();
  const auto batch = batches_.find(number);
  if (batch == batches_.end() || !batch->second.round.closed() || batch->second.group != index_of(context().sender().name)) return;
  std::vector<uint32_t> workers;
  for (const uint32_t worker : centre->getWorkers()) workers.push_back(worker);
  measure(number, number, batch->second.group, batch->second.round, {}, &workers);
}

void AsyncShard::drop(wire::Update::Reader update) {
  std::erase_if(kept_[update.getWorker()], [&](const Kept& kept) {
    return kept.incarnation == update.getIncarnation() && kept.number == update.getNumber();
  });
}

void AsyncShard::serve(const Msg<wire::Serve>& serve) {
  then({[] { return true; }, [this, to = std::string(serve->getTo().cStr()), number = serve->getNumber()] {
          tell_parameters(to, number);
          if (needs().bases && to.starts_with("worker/")) {
            auto& bases = past_[index_of(to)].bases;
            bases[number] = parameters();
            while (bases.size() > max_kept) bases.erase(bases.begin());
          }
          done();
        }});
}

void AsyncShard::fold(const Msg<wire::Fold>& fold) {
  then({[] { return true; }, [this, envelope = fold.envelope()] {
          const Msg<wire::Fold> fold(envelope);
          const auto batch = batches_.find(fold->getBatch());
          std::vector<GroupPlan> plans;
          if (batch != batches_.end() && batch->second.bringing) batch->second.bringing->finish();
          if (batch != batches_.end() && fold->getPlan().getWorkers().size() > 0) {
            GroupPlan& group = plans.emplace_back(group_plan(fold->getPlan(), batch->second.round));
            std::vector<float> factors;
            for (const float factor : fold->getDamping()) factors.push_back(factor);
            damp(group.blocks, factors);
            group.share = fold->getShare();
            group.trusted = {};  // Adopt adds that, once
            const uint32_t worker = fold->getPlan().getWorkers()[0];
            const auto& seats = batch->second.round.seats();
            for (size_t k = 0; k < seats.size(); ++k)
              if (seats[k].member.worker == worker) group.base = base_of(worker, batch->second.numbers[k]);
          }
          auto end = [this, number = fold->getBatch()] {
            batches_.erase(number);
            ++version_;
            tell_committed(number);
            done();
          };
          plans.empty() ? end() : apply(std::move(plans), fold->getLr(), end);
        }});
}

void AsyncShard::adopt(const Msg<wire::Adopt>& adopt) {
  const uint32_t g = adopt->getGroup(), number = adopt->getDirection();
  auto come = std::make_shared<bool>(false);
  context().after(options_.deadline, [this, come] {
    *come = true;
    go_on();
  });
  then({[this, g, number, come] { return *come || directions_[g].number >= number; },
        [this, g, number, share = adopt->getShare()] {
          auto end = [this] {
            tell_committed(0);
            done();
          };
          if (directions_[g].number != number || !directions_[g].row) return end();
          GroupPlan plan;
          plan.share = share;
          plan.trusted = *directions_[g].row;
          plan.blocks.assign(layout_.blocks().size(), BlockPlan{.weights = {1}});
          std::vector<GroupPlan> plans;
          plans.push_back(std::move(plan));
          apply(std::move(plans), 1, end);
        }});
}

void AsyncShard::pull(const Msg<wire::Pull>& pull) {
  then({[] { return true; }, [this, to = context().sender().name, version = pull->getVersion()] {
          if (version == version_) tell_parameters(to, version);
          done();
        }});
}

void AsyncShard::down(const Msg<wire::Down>& down) {
  const std::string name = down->getName().cStr();
  const uint32_t k = index_of(name);
  for (auto& [number, batch] : batches_) {
    if (name.starts_with("worker/")) batch.round.lose(k, down->getIncarnation());
    if (name.starts_with("validator/") && batch.group == k) batch.round.lose_trusted();
  }
  fill_all();
}

void AsyncShard::then(Step step) {
  steps_.push_back(std::move(step));
  go_on();
}

void AsyncShard::go_on() {
  while (!busy_ && !steps_.empty() && steps_.front().ready()) {
    const Step step = std::move(steps_.front());
    steps_.pop_front();
    busy_ = true;
    step.run();
  }
}

void AsyncShard::done() {
  busy_ = false;
  go_on();
}

}  // namespace zenops
