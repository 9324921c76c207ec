// How a scheduler's run survives: snapshots, and what is done when somebody falls (actors/wire/survival.capnp).
#include <algorithm>

#include "actors/scheduler.hpp"
#include "actors/wire/compose.hpp"

namespace zenops {

// ---- snapshots

bool Scheduler::save(bool last) {
  const bool due = last ? closed() > 0 : closed() % std::max(survival_.every, 1u) == 0;
  const bool wanted = survival_.every > 0 && (snapshots_ || exact()), asked = wants_saving();
  if (!asked && (!due || !wanted || saved_ == closed())) return false;
  const bool patient = asked || last || exact();
  if (!patient && writes()) return false;  // the one before takes longer than the rounds since
  if (patient) saved_ = closed();          // once: otherwise it is tried again if no other round comes
  phase_ = Phase::saving;
  saving_.begin(++ticket_, shards(), whoever_has_a_state());
  const Envelope save = Envelope::of<wire::Save>([&](wire::Save::Builder out) {
    out.setTicket(ticket_);
    out.setPatient(patient);
  });
  const auto whose = saving_.awaited();
  for (const std::string& who : whose) context().tell(who, save);
  context().after(options_.deadline, [this, ticket = ticket_] {
    if (phase_ == Phase::saving && ticket == saving_.ticket()) give_up_saving(*saving_.awaited().begin() + " did not tell its state");
  });
  return true;
}

void Scheduler::saved(const Msg<wire::Saved>& saved) {
  if (phase_ != Phase::saving || saved->getTicket() != saving_.ticket()) return;
  const std::string& who = context().sender().name;
  if (saved->getBusy()) return give_up_saving(who + " is still at work");
  auto state = read_state(saved->getState(), saved.rows());
  if (!state) return give_up_saving(who + " told a state that cannot be read");
  if (saving_.offer(who, std::move(*state))) keep();
}

void Scheduler::keep() {
  auto snapshot = std::make_shared<Snapshot>(saving_.take());
  describe(*snapshot);
  snapshot->idle = roster_.idle();
  snapshot->reputation = reputation_.memory(roster_.incarnations());
  phase_ = Phase::idle;
  saved_ = closed();
  // Otherwise the one on the disk will do: memory is for those who must go back at every fall.
  last_ = exact() ? snapshot : nullptr;
  if (snapshots_) Conductor::write(snapshot);
  Conductor::saved();
}

void Scheduler::give_up_saving(const std::string& why) {
  const std::string sentence = "no snapshot of round " + std::to_string(closed()) + ": " + why;
  note(sentence);
  not_saved(sentence);
  phase_ = Phase::idle;
  Conductor::saved();
}

// ---- falls

void Scheduler::fell(const Address& who, bool restarted) {
  const bool worker = who.name.starts_with("worker/"), shard = who.name.starts_with("shard/"), validator = who.name.starts_with("validator/");
  const bool adversary = who.name == "adversary";
  if (worker) roster_.down(index_of(who.name), who.incarnation);
  gone_.insert(who.name);
  if (ended()) return;
  if (worker && !restarted) replaced(index_of(who.name));
  if (phase_ == Phase::recalling && retrieval_.asked() == who.name) recall();
  if (!(worker || shard || validator || adversary)) return;
  if (exact() && !restarted) return fail(who.name + " fell too often: without it the run cannot be made exact");
  if (shard && restarted) retrieval_.lost(index_of(who.name));
  if ((exact() || shard) && restarted) return interrupt(who.name);
  if (phase_ == Phase::saving && saving_.awaits(who.name)) return give_up_saving(who.name + " was lost");
  if (phase_ == Phase::restoring && awaited_.erase(who.name) > 0 && awaited_.empty()) all_restored();
}

void Scheduler::interrupt(const std::string& who) {
  down_.insert(who);
  if (phase_ != Phase::waiting && phase_ != Phase::recalling && phase_ != Phase::restoring) {
    interrupted_ = phase_;
    keep_notes();
    suspend();
  }
  phase_ = Phase::waiting;
  progressed();
  expect_progress(options_.deadline + std::chrono::seconds(5), who + " fell and did not come back");
}

void Scheduler::keep_notes() {
  for (auto& one : std::exchange(report_.notes, {})) note(std::move(one));
}

void Scheduler::returned(const Address& who) {
  const uint32_t k = index_of(who.name);
  if (who.name.starts_with("worker/")) roster_.up(k, who.incarnation);
  gone_.erase(who.name);
  down_.erase(who.name);
  if (who.name.starts_with("worker/")) replaced(k);
  if (phase_ == Phase::waiting && down_.empty()) return recover();
  // It may have missed the opening; nobody else judges its group, or has what liars asked for.
  if (phase_ == Phase::open && (who.name == "adversary" || (who.name.starts_with("validator/") && !open_round_.has_plan(k)))) open_again();
}

void Scheduler::open_again() {
  keep_notes();
  phase_ = Phase::idle;
  go_back(closed(), version());
  go_on();
}

void Scheduler::recover() {
  progressed();
  if (restoring_) return restore(restoring_);
  if (exact()) return fall_back();
  phase_ = Phase::recalling;
  retrieval_.begin();
  recall();
}

void Scheduler::recall() {
  ++ticket_;
  progressed();
  const uint32_t shard = retrieval_.shard();
  if (survival_.ranges[shard].size == 0) {  // of more shards than segments some have nothing
    retrieval_.ask_nobody();
    return context().tell(nth("shard", shard), restoration(retrieval_.target().version, {}));
  }
  const std::string holder = retrieval_.next(holders());
  if (holder.empty()) return retrieval_.take_the_one_before() ? recall() : fall_back();
  context().tell(holder, Envelope::of<wire::Recall>([&](wire::Recall::Builder out) {
                   out.setTicket(ticket_);
                   out.setVersion(retrieval_.target().version);
                   out.setShard(shard);
                 }));
  context().after(std::min<Clock::Duration>(options_.deadline, std::chrono::seconds(2)), [this, ticket = ticket_] {
    if (phase_ == Phase::recalling && ticket == ticket_) recall();
  });
}

std::vector<std::string> Scheduler::holders() const {
  auto out = trainees();
  if (!gone_.contains("evaluator")) out.insert(out.begin(), "evaluator");
  return out;
}

void Scheduler::recalled(const Msg<wire::Recalled>& recalled) {
  if (phase_ != Phase::recalling || recalled->getTicket() != ticket_) return;
  const uint32_t shard = retrieval_.shard();
  if (!recalled->getHere() || recalled.rows().empty() || recalled.rows()[0].size() != survival_.ranges[shard].size) return recall();
  ActorState state;
  state.tensors["parameters"] = recalled.rows()[0];
  context().tell(nth("shard", shard), restoration(retrieval_.target().version, state));
}

Envelope Scheduler::restoration(uint32_t version, const ActorState& state, const std::string& who) const {
  return Envelope::of<wire::Restore>(
      [&](wire::Restore::Builder out) {
        out.setTicket(ticket_);
        out.setVersion(version);
        zenops::write(state, out.initState());
        if (const auto& judging = restoring_ ? restoring_->rule : rule(); judging && who.empty()) zenops::write(*judging, out.initRule());
        if (!restoring_ || !who.starts_with("worker/")) return;
        const uint32_t worker = index_of(who);
        if (made_honest(worker))
          zenops::write(worker, AttackOptions{}, out.initAttack());
        else if (const auto attack = restoring_->attacks.find(worker); attack != restoring_->attacks.end())
          zenops::write(worker, attack->second, out.initAttack());
      },
      rows_of(state));
}

bool Scheduler::rule_remembers() const {
  return options_.check && options_.check->needs(rule() ? *rule() : options_.check->configured()).remembers();
}

void Scheduler::go_on_as_before() {
  phase_ = Phase::idle;
  if (retrieval_.done()) {
    go_back(retrieval_.newest().round, retrieval_.newest().version);
    return go_on();
  }
  if (interrupted_ == Phase::open || interrupted_ == Phase::applying) return open_again();
  if (interrupted_ == Phase::saving) return give_up_saving("a shard was lost");
  resume();
}

void Scheduler::fall_back() {
  retrieval_.give_up();
  if (auto snapshot = unwritten()) return restore(std::move(snapshot));
  // From the beginning again only where that is near, or a run without faults would have to be, too.
  if (last_ && (exact() || snapshots_ || last_->round + 1 >= closed())) return restore(last_);
  const std::string lost = "the parameters after round " + std::to_string(closed()) + " are lost: nobody has the part of a shard that fell";
  if (!snapshots_) return fail(lost + ", and there are no snapshots");
  phase_ = Phase::recalling;
  ++ticket_;
  progressed();
  using Found = std::pair<std::shared_ptr<const Snapshot>, std::vector<std::string>>;
  context().offload(
      [snapshots = snapshots_](int) {
        Found found;
        found.first = snapshots->newest([&](const std::string& news) { found.second.push_back(news); });
        return found;
      },
      [this, lost, ticket = ticket_](Found found) {
        if (phase_ != Phase::recalling || ticket != ticket_) return;
        for (auto& news : found.second) {
          context().log(news);
          note(std::move(news));
        }
        if (!found.first) return fail(lost + ", and no snapshot can be read");
        restore(std::move(found.first));
      });
}

void Scheduler::restore(std::shared_ptr<const Snapshot> snapshot) {
  phase_ = Phase::restoring;
  restoring_ = std::move(snapshot);
  ++opening_;
  ++ticket_;
  progressed();
  restored_.assign(options_.shards, 0);
  awaited_.clear();
  const auto parts = shards(), others = whoever_has_a_state();
  awaited_.insert(parts.begin(), parts.end());
  awaited_.insert(others.begin(), others.end());
  for (uint32_t s = 0; s < options_.shards; ++s)
    context().tell(parts[s], restoration(opening_, state_of_shard(*restoring_, survival_.ranges[s])));
  for (const std::string& who : others) {
    const auto state = restoring_->trainees.find(who);
    context().tell(who, restoration(opening_, state == restoring_->trainees.end() ? ActorState{} : state->second, who));
  }
  expect_progress(options_.deadline, "somebody did not go back to round " + std::to_string(restoring_->round));
}

void Scheduler::restored(const Msg<wire::Restored>& restored) {
  if (restored->getTicket() != ticket_) return;
  const std::string& who = context().sender().name;
  if (phase_ == Phase::recalling) {
    const uint32_t shard = retrieval_.shard();
    const Common& target = retrieval_.target();
    if (who != nth("shard", shard)) return;
    if (!retrieval_.is(restored->getHash())) {
      note("the part of " + who + " that " + retrieval_.asked() + " has is another one");
      return recall();
    }
    note(who + " has its part of what round " + std::to_string(target.round) + " made from " + retrieval_.asked() +
         (survival_.moments ? "; what the server's optimizer had learnt of that part begins anew" : "") +
         (rule_remembers() ? "; what the rule remembered of that part begins anew, and the other shards' parts go on" : ""));
    return retrieval_.arrived() ? go_on_as_before() : recall();
  }
  if (phase_ != Phase::restoring || awaited_.erase(who) == 0) return;
  if (const uint32_t k = index_of(who); who.starts_with("shard/") && k < options_.shards) restored_[k] = restored->getHash();
  if (awaited_.empty()) all_restored();
}

void Scheduler::all_restored() {
  const auto snapshot = std::exchange(restoring_, nullptr);
  const uint32_t from = closed();
  // Otherwise what was learnt of workers stays true, and nobody is judged twice by the same round.
  if (exact() || snapshot == survival_.start) reputation_.remember(snapshot->reputation);
  if (snapshot != survival_.start || from > 0)
    note("everybody is back at round " + std::to_string(snapshot->round) + (from > snapshot->round ? "; the rounds since are made again" : ""));
  retrieval_.begin_anew({opening_, snapshot->round, restored_});
  saved_ = snapshot->round;
  roster_.set_idle(snapshot->idle);
  phase_ = Phase::idle;
  go_back(*snapshot, opening_);
  Conductor::saved();
}

}  // namespace zenops
