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
  losses_.clear();
  hashes_.clear();
  plans_.assign(options_.validators, {});
  came_.assign(options_.validators, false);
  committed_.assign(options_.shards, false);
  coming_.assign(options_.shards, 0);
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
  if (worker) losses_[index_of(name)] = worked->getTrained() ? std::optional<double>(worked->getLoss()) : std::nullopt;
}

void Scheduler::plan(const Msg<wire::Plan>& plan) {
  const uint32_t group = index_of(context().sender().name);
  if (phase_ != Phase::open || plan->getRound() != opening_ || group >= options_.validators || came_[group]) return;
  plans_[group] = plan.envelope();
  came_[group] = true;
  if (std::ranges::all_of(came_, [](bool b) { return b; })) apply();
}

void Scheduler::apply() {
  for (uint32_t g = 0; g < options_.validators; ++g)
    if (came_[g] && Msg<wire::Plan>(plans_[g])->getStop())
      return fail("round " + std::to_string(round_) + ": " + Msg<wire::Plan>(plans_[g])->getNote().cStr());
  if (exact() && lost_a_row()) {
    // Whoever it is, we are told of the fall at once, and then it is made again. Otherwise nobody fell: a shard had not been told of a new
    // life when the round opened, and has been since.
    return context().after(options_.deadline, [this, opening = opening_] {
      if (phase_ == Phase::open && opening == opening_) open_again();
    });
  }
  phase_ = Phase::applying;
  before_.reset();
  progressed();
  tell_shards(Envelope::of<wire::Apply>([this](wire::Apply::Builder out) {
    out.setRound(opening_);
    auto plans = out.initPlans(static_cast<uint32_t>(std::ranges::count(came_, true)));
    uint32_t k = 0;
    for (uint32_t g = 0; g < options_.validators; ++g)
      if (came_[g]) plans.setWithCaveats(k++, *Msg<wire::Plan>(plans_[g]));
  }));
  expect_progress(options_.deadline, "the shards did not commit round " + std::to_string(round_));
  inject(Fault::At::apply);
}

bool Scheduler::lost_a_row() const {
  for (uint32_t g = 0; g < options_.validators; ++g) {
    if (!came_[g]) continue;
    const Msg<wire::Plan> plan(plans_[g]);
    for (auto row : plan->getRows())
      if (row.getState() == wire::State::LOST) return true;
  }
  return false;
}

void Scheduler::committed(const Msg<wire::Committed>& committed) {
  if (phase_ != Phase::applying || committed->getRound() != opening_) return;
  const uint32_t shard = index_of(context().sender().name);
  if (shard >= options_.shards) return;
  committed_[shard] = true;
  coming_[shard] = committed->getHash();
  for (const auto row : committed->getRows()) {
    auto& by_shard = hashes_[row.getWorker()];
    by_shard.resize(options_.shards);
    by_shard[shard] = row.getSha256().cStr();
  }
  if (!std::ranges::all_of(committed_, [](bool b) { return b; })) return;
  report_.wall_seconds = seconds_since(opened_at_);
  report_.aggregation_seconds = seconds_since(last_worked_at_);
  phase_ = Phase::idle;
  before_ = std::exchange(common_, Common{opening_, round_, coming_});
  end_round(closed_report(), opening_);
}

RoundReport Scheduler::closed_report() {
  for (uint32_t g = 0; g < options_.validators; ++g) {
    if (!came_[g]) {
      report_.notes.push_back("group " + std::to_string(g) + ": no plan came from its validator: no update");
      if (exact()) note("group " + std::to_string(g) + " had no plan: the bits are not those of a run without faults");
      continue;
    }
    const Msg<wire::Plan> plan(plans_[g]);
    score_.score(*plan, [this](uint32_t) { return round_; }, report_);
    if (plan->getNote().size() > 0) report_.notes.push_back("group " + std::to_string(g) + ": " + plan->getNote().cStr());
  }
  std::ranges::sort(report_.workers, {}, &WorkerReport::worker);
  for (WorkerReport& w : report_.workers) {
    if (auto i = losses_.find(w.worker); i != losses_.end()) {
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
  // Also of those whose group made no plan.
  double sum = 0, trained = 0;
  for (const auto& [worker, loss] : losses_) {
    sum += loss.value_or(0);
    trained += loss.has_value();
  }
  if (trained > 0) report_.loss = sum / trained;
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
                                  .rows_sha256 = hashes_of(w.worker)});
  for (const Reputation::Change& change : reputation_.after(report_)) {
    const std::string who = to_string(Address{nth("worker", change.worker), change.incarnation});
    report_.notes.push_back(who + (evicts() ? " is " : " would be ") + std::string(to_string(change.to)) + ": " + change.why);
    report_.evidence.push_back(evidence(change, round_, name_of_rule(), hashes_of(change.worker)));
  }
}

std::vector<std::string> Scheduler::hashes_of(uint32_t worker) const {
  const auto found = hashes_.find(worker);
  return found == hashes_.end() ? std::vector<std::string>{} : found->second;
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
    evidence_.push_back(evict(eviction, life->second, hashes_of(eviction.worker)));
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
  if (phase_ == Phase::recalling && asked_ == who.name) recall();
  if (!(worker || shard || validator || adversary)) return;
  if (exact() && !restarted) return fail(who.name + " fell too often: without it the run cannot be made exact");
  if (shard && restarted) lost_.insert(index_of(who.name));
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
  if (phase_ == Phase::open && (who.name == "adversary" || (who.name.starts_with("validator/") && !came_[k]))) open_again();
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
  target_ = common_;
  to_recall_ = lost_;
  asked_.clear();
  recall();
}

// One after the other: what is asked for is large. Those first whom nobody calls liars.
void Scheduler::recall() {
  ++ticket_;
  progressed();
  const uint32_t shard = *to_recall_.begin();
  if (survival_.ranges[shard].size == 0) {  // of more shards than segments some have nothing
    asked_ = "nobody";
    return context().tell(nth("shard", shard), restoration(target_.version, {}));
  }
  if (asked_.empty()) {
    sources_.clear();
    if (!target_.hashes.empty()) {
      if (!gone_.contains("evaluator")) sources_.push_back("evaluator");
      for (std::string& who : trainees()) sources_.push_back(std::move(who));
    }
  }
  if (sources_.empty()) {
    if (!before_ || before_->hashes.empty() || target_.version == before_->version) return fall_back();
    target_ = *before_;
    to_recall_ = lost_;
    asked_.clear();
    return recall();
  }
  asked_ = sources_.front();
  sources_.pop_front();
  context().tell(asked_, Envelope::of<wire::Recall>([&](wire::Recall::Builder out) {
                   out.setTicket(ticket_);
                   out.setVersion(target_.version);
                   out.setShard(shard);
                 }));
  context().after(std::min<Clock::Duration>(options_.deadline, std::chrono::seconds(2)), [this, ticket = ticket_] {
    if (phase_ == Phase::recalling && ticket == ticket_) recall();
  });
}

void Scheduler::recalled(const Msg<wire::Recalled>& recalled) {
  if (phase_ != Phase::recalling || recalled->getTicket() != ticket_) return;
  if (!recalled->getHere() || recalled.rows().empty() || recalled.rows()[0].size() != survival_.ranges[*to_recall_.begin()].size)
    return recall();
  ActorState state;
  state.tensors["parameters"] = recalled.rows()[0];
  context().tell(nth("shard", *to_recall_.begin()), restoration(target_.version, state));
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
  lost_.clear();
  phase_ = Phase::idle;
  if (target_.version != common_.version) {
    common_ = *std::exchange(before_, std::nullopt);
    go_back(common_.round, common_.version);
    return go_on();
  }
  if (interrupted_ == Phase::open || interrupted_ == Phase::applying) return open_again();
  if (interrupted_ == Phase::saving) return give_up_saving("a shard was lost");
  resume();
}

void Scheduler::fall_back() {
  asked_.clear();
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
  coming_.assign(options_.shards, 0);
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
    const uint32_t shard = *to_recall_.begin();
    if (who != nth("shard", shard)) return;
    if (restored->getHash() != target_.hashes[shard]) {
      note("the part of " + who + " that " + asked_ + " has is another one");
      return recall();
    }
    note(who + " has its part of what round " + std::to_string(target_.round) + " made from " + asked_ +
         (survival_.moments ? "; what the server's optimizer had learnt of that part begins anew" : "") +
         (rule_remembers() ? "; what the rule remembered of that part begins anew, and the other shards' parts go on" : ""));
    to_recall_.erase(shard);
    asked_.clear();
    return to_recall_.empty() ? go_on_as_before() : recall();
  }
  if (phase_ != Phase::restoring || awaited_.erase(who) == 0) return;
  if (const uint32_t k = index_of(who); who.starts_with("shard/") && k < options_.shards) coming_[k] = restored->getHash();
  if (awaited_.empty()) all_restored();
}

void Scheduler::all_restored() {
  const auto snapshot = std::exchange(restoring_, nullptr);
  const uint32_t from = closed();
  // Otherwise what was learnt of workers stays true, and nobody is judged twice by the same round.
  if (exact() || snapshot == survival_.start) reputation_.remember(snapshot->reputation);
  if (snapshot != survival_.start || from > 0)
    note("everybody is back at round " + std::to_string(snapshot->round) + (from > snapshot->round ? "; the rounds since are made again" : ""));
  common_ = {opening_, snapshot->round, coming_};
  before_.reset();
  lost_.clear();
  saved_ = snapshot->round;
  roster_.set_idle(snapshot->idle);
  phase_ = Phase::idle;
  go_back(*snapshot, opening_);
  Conductor::saved();
}

}  // namespace zenops
