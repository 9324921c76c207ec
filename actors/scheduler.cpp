#include "actors/scheduler.hpp"

#include <algorithm>

#include "actors/wire/compose.hpp"

namespace zenops {

Scheduler::Scheduler(Context& context, Options options, Survival survival, Scorekeeper score, Audience audience)
    : Conductor(context, std::move(options), std::move(score), std::move(audience)),
      survival_(std::move(survival)),
      roster_(options_.workers),
      reputation_(options_.reputation),
      injected_(survival_.faults.inject.size()),
      last_(survival_.start) {
  snapshots_ = survival_.snapshots;
}

Behavior Scheduler::handlers() {
  return Conductor::handlers()
      .on<wire::Start>(the_operator, [this](const Msg<wire::Start>&) { start(); })
      .on<wire::Saved>(From{"worker/", "validator/", "shard/", "adversary"}, [this](const Msg<wire::Saved>& m) { saved(m); })
      .on<wire::Recalled>(From{"worker/", "validator/", "evaluator"}, [this](const Msg<wire::Recalled>& m) { recalled(m); })
      .on<wire::Restored>(From{"worker/", "validator/", "shard/", "adversary"}, [this](const Msg<wire::Restored>& m) { restored(m); })
      .on<wire::Worked>(From{"worker/", "validator/"}, [this](const Msg<wire::Worked>& m) { worked(m); })
      .on<wire::Uninformed>(From{"adversary"}, [this](const Msg<wire::Uninformed>& m) { uninformed(m); })
      .on<wire::Plan>(From{"validator/"}, [this](const Msg<wire::Plan>& m) { plan(m); })
      .on<wire::Committed>(From{"shard/"}, [this](const Msg<wire::Committed>& m) { committed(m); });
}

void Scheduler::start() {
  if (!survival_.start || survival_.start->round == 0) return go_on();
  skip_to(*survival_.start);
  opening_ = survival_.start->round - 1;  // so that numbers are those of the rounds
  suspend();
  restore(survival_.start);
}

void Scheduler::next_round() {
  if (replace_the_barred()) return;
  round_ = closed() + 1;
  ++opening_;
  take_orders(round_);
  members_ = roster_.members();
  const bool judges = options_.reputation.mode != ReputationOptions::Mode::off;
  for (Member& m : members_) {
    m.quarantined = evicts() && !reputation_.enters(m.worker, m.incarnation);
    m.watched = judges && reputation_.standing(m.worker) != Standing::trusted;
  }
  inject(Fault::At::before);
  report_ = open_report(round_);
  if (news(round_)) report_.notes = take_notes();
  open_round_.begin(options_.validators, options_.shards);
  phase_ = Phase::open;
  progressed();
  opened_at_ = last_worked_at_ = context().clock().now();

  const auto opening = [this, judges](wire::Open::Builder out) {
    out.setRound(opening_);
    out.setStep(round_);
    out.setVersion(version());
    out.setLr(report_.lr);
    out.setEvidence(judges);
    if (rule()) zenops::write(*rule(), out.initRule());
    auto members = out.initMembers(static_cast<uint32_t>(members_.size()));
    for (uint32_t k = 0; k < members_.size(); ++k) {
      members[k].setWorker(members_[k].worker);
      members[k].setIncarnation(members_[k].incarnation);
      members[k].setAwaited(members_[k].awaited);
      members[k].setQuarantined(members_[k].quarantined);
      members[k].setWatched(members_[k].watched);
    }
  };
  const Envelope open = Envelope::of<wire::Open>(opening);
  // The shards first: a push must not be quicker than the round it belongs to.
  tell_shards(open);
  for (uint32_t v = 0; v < options_.validators; ++v) context().tell(nth("validator", v), open);
  if (options_.adversary)
    context().tell("adversary", Envelope::of<wire::Open>([&](wire::Open::Builder out) {
                     opening(out);
                     auto attacks = out.initAttacks(static_cast<uint32_t>(changed_attacks().size()));
                     uint32_t k = 0;
                     for (const auto& [worker, attack] : changed_attacks()) zenops::write(worker, attack, attacks[k++]);
                   }));
  for (const Member& m : members_) context().tell(nth("worker", m.worker), open);

  // The shards close the round at the deadline; a validator that fell in between leaves its group without a plan.
  context().after(2 * options_.deadline, [this, opening = opening_] {
    if (phase_ == Phase::open && opening == opening_) apply();
  });
  inject(Fault::At::open);
}

void Scheduler::inject(Fault::At at) {
  const auto& faults = survival_.faults.inject;
  for (size_t k = 0; k < faults.size(); ++k) {
    if (injected_[k] || faults[k].at != at || faults[k].round != round_) continue;
    injected_[k] = true;  // once, however often the round is made
    context().kill(faults[k].kill);
  }
}

void Scheduler::worked(const Msg<wire::Worked>& worked) {
  const std::string& name = context().sender().name;
  result_.compute_seconds += worked->getComputeSeconds();
  const bool worker = name.starts_with("worker/");
  if (worker) roster_.heard_of(index_of(name));
  if (worked->getRound() != opening_ || phase_ != Phase::open) return;
  last_worked_at_ = context().clock().now();
  report_.compute_seconds += worked->getComputeSeconds();
  report_.transfer_seconds = std::max(report_.transfer_seconds, worked->getPullSeconds());
  if (worker) open_round_.worked(index_of(name), worked->getTrained() ? std::optional<double>(worked->getLoss()) : std::nullopt);
}

void Scheduler::plan(const Msg<wire::Plan>& plan) {
  if (phase_ != Phase::open || plan->getRound() != opening_) return;
  if (open_round_.plan(index_of(context().sender().name), plan)) apply();
}

void Scheduler::apply() {
  if (const auto why = open_round_.stop()) return fail("round " + std::to_string(round_) + ": " + *why);
  if (exact() && open_round_.lost_a_row()) {
    // Whoever it is, we are told of the fall at once, and then it is made again. Otherwise nobody fell: a shard had not been told of a new
    // life when the round opened, and has been since.
    return context().after(options_.deadline, [this, opening = opening_] {
      if (phase_ == Phase::open && opening == opening_) open_again();
    });
  }
  phase_ = Phase::applying;
  retrieval_.forget_the_one_before();
  progressed();
  tell_shards(Envelope::of<wire::Apply>([this](wire::Apply::Builder out) {
    out.setRound(opening_);
    open_round_.write(out);
  }));
  expect_progress(options_.deadline, "the shards did not commit round " + std::to_string(round_));
  inject(Fault::At::apply);
}

void Scheduler::committed(const Msg<wire::Committed>& committed) {
  if (phase_ != Phase::applying || committed->getRound() != opening_) return;
  if (!open_round_.committed(index_of(context().sender().name), *committed)) return;
  report_.wall_seconds = seconds_since(opened_at_);
  report_.aggregation_seconds = seconds_since(last_worked_at_);
  phase_ = Phase::idle;
  retrieval_.made({opening_, round_, open_round_.hashes()});
  end_round(closed_report(), opening_);
}

RoundReport Scheduler::closed_report() {
  for (uint32_t g = 0; g < options_.validators; ++g) {
    const Envelope* envelope = open_round_.plan_of(g);
    if (!envelope) {
      report_.notes.push_back("group " + std::to_string(g) + ": no plan came from its validator: no update");
      if (exact()) note("group " + std::to_string(g) + " had no plan: the bits are not those of a run without faults");
      continue;
    }
    const Msg<wire::Plan> plan(*envelope);
    score_.score(*plan, [this](uint32_t) { return round_; }, report_);
    if (plan->getNote().size() > 0) report_.notes.push_back("group " + std::to_string(g) + ": " + plan->getNote().cStr());
  }
  std::ranges::sort(report_.workers, {}, &WorkerReport::worker);
  for (WorkerReport& w : report_.workers) {
    if (auto i = open_round_.losses().find(w.worker); i != open_round_.losses().end()) {
      w.loss = i->second;
    } else if (w.state == to_string(Round::State::absent)) {
      roster_.missed(w.worker);
    }
    // Also when only its row was late, and its account was not.
    if (exact() && w.state == to_string(Round::State::absent))
      note(nth("worker", w.worker) + " missed the deadline: the bits are not those of a run without faults");
  }
  if (exact() && report_.workers.size() < members_.size())
    note("nothing was heard of some workers: the bits are not those of a run without faults");
  if (options_.reputation.mode != ReputationOptions::Mode::off) judge_workers();
  if (const auto loss = open_round_.mean_loss()) report_.loss = *loss;
  if (news(round_)) {
    for (const auto& note : take_notes()) report_.notes.push_back(note);
    for (Evidence& line : std::exchange(evidence_, {})) report_.evidence.push_back(std::move(line));
  }
  return std::move(report_);
}

void Scheduler::judge_workers() {
  for (const WorkerReport& w : report_.workers)
    if (proves_a_lie(w.state))
      report_.evidence.push_back({.round = round_,
                                  .worker = w.worker,
                                  .incarnation = w.incarnation,
                                  .rule = "door",
                                  .what = "what it sent was refused: " + w.state,
                                  .numbers = {},
                                  .rows_sha256 = open_round_.hashes_of(w.worker)});
  for (const Reputation::Change& change : reputation_.after(report_)) {
    const std::string who = to_string(Address{nth("worker", change.worker), change.incarnation});
    report_.notes.push_back(who + (evicts() ? " is " : " would be ") + std::string(to_string(change.to)) + ": " + change.why);
    report_.evidence.push_back(evidence(change, round_, name_of_rule(), open_round_.hashes_of(change.worker)));
  }
}

OrderCheck::Objection Scheduler::against_evicting(uint32_t worker) const {
  if (!roster_.has(worker)) return nth("worker", worker) + " is not there: it fell";
  if (awaited_lives_.contains(worker)) return nth("worker", worker) + " is being replaced already";
  return {};
}

OrderCheck::Objection Scheduler::against_readmitting(uint32_t worker) const {
  const Standing standing = reputation_.standing(worker);
  if (standing == Standing::quarantined) return {};
  return nth("worker", worker) + " is not in quarantine: it is " + std::string(to_string(standing));
}

void Scheduler::readmit(uint32_t worker) {
  // A round that is made again where nothing is forgotten must not readmit whoever came to quarantine since.
  if (exact() || news(round_)) reputation_.readmit(worker);
}

std::string Scheduler::standing_of(uint32_t worker) const {
  if (options_.reputation.mode == ReputationOptions::Mode::off) return {};
  return std::string(to_string(reputation_.standing(worker)));
}

void Scheduler::evict_as_ordered() {
  const auto incarnations = roster_.incarnations();
  for (const Eviction& eviction : take_evictions(closed() + 1)) {
    const auto life = incarnations.find(eviction.worker);
    if (life == incarnations.end()) {
      note(nth("worker", eviction.worker) + " fell before it was evicted");
      continue;
    }
    evicted_lives_[eviction.worker] = life->second;
    awaited_lives_.insert(eviction.worker);
    reputation_.evict(eviction.worker, life->second);
    evidence_.push_back(evict(eviction, life->second, open_round_.hashes_of(eviction.worker)));
  }
}

bool Scheduler::replace_the_barred() {
  evict_as_ordered();
  for (const Member& m : roster_.members()) {
    if (!evicts() || !reputation_.barred(m.worker, m.incarnation) || evicted_lives_[m.worker] >= m.incarnation) continue;
    evicted_lives_[m.worker] = m.incarnation;
    awaited_lives_.insert(m.worker);
    evict(m.worker, m.incarnation, "what it sent was refused, evidence.jsonl says how often");
  }
  if (awaited_lives_.empty()) return false;
  phase_ = Phase::replacing;
  progressed();
  // Its successor is there from this round on, however long its coming takes: so a run can be repeated.
  context().after(options_.deadline, [this, replacing = ++replacing_] {
    if (phase_ != Phase::replacing || replacing != replacing_) return;
    for (const uint32_t worker : std::exchange(awaited_lives_, {})) note(nth("worker", worker) + " is not replaced yet: the run goes on without it");
    phase_ = Phase::idle;
    go_on();
  });
  return true;
}

void Scheduler::replaced(uint32_t worker) {
  if (awaited_lives_.erase(worker) == 0 || !awaited_lives_.empty() || phase_ != Phase::replacing) return;
  phase_ = Phase::idle;
  if (training()) go_on();
}

std::vector<std::string> Scheduler::shards() const {
  std::vector<std::string> out;
  for (uint32_t s = 0; s < options_.shards; ++s) out.push_back(nth("shard", s));
  return out;
}

std::vector<std::string> Scheduler::trainees() const {
  std::vector<std::string> out;
  for (uint32_t v = 0; v < options_.validators; ++v) out.push_back(nth("validator", v));
  for (uint32_t w = 0; w < options_.workers; ++w)
    if (roster_.has(w)) out.push_back(nth("worker", w));
  std::erase_if(out, [this](const std::string& who) { return gone_.contains(who); });
  return out;
}

std::vector<std::string> Scheduler::whoever_has_a_state() const {
  auto out = trainees();
  if (options_.adversary && !gone_.contains("adversary")) out.push_back("adversary");
  return out;
}

void Scheduler::uninformed(const Msg<wire::Uninformed>& uninformed) {
  if (phase_ != Phase::open || uninformed->getRound() != opening_) return;
  report_.notes.push_back(std::string("adversary: ") + uninformed->getNote().cStr() +
                          (exact() ? ": the bits are not those of a run without faults" : ""));
}

}  // namespace zenops
