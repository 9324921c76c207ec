#include "actors/scheduler.hpp"

#include <algorithm>

#include "actors/wire/compose.hpp"

namespace zenops {

Scheduler::Scheduler(Context& context, Options options, Scorekeeper score, Audience audience)
    : Conductor(context, std::move(options), std::move(score), std::move(audience)), roster_(options_.workers), reputation_(options_.reputation) {}

Behavior Scheduler::handlers() {
  return Conductor::handlers()
      .on<wire::Start>(the_operator, [this](const Msg<wire::Start>&) { go_on(); })
      .on<wire::Worked>(From{"worker/", "validator/"}, [this](const Msg<wire::Worked>& m) { worked(m); })
      .on<wire::Plan>(From{"validator/"}, [this](const Msg<wire::Plan>& m) { plan(m); })
      .on<wire::Committed>(From{"shard/"}, [this](const Msg<wire::Committed>& m) { committed(m); });
}

void Scheduler::next_round() {
  change_attacks();
  members_ = roster_.members();
  if (options_.reputation.mode == ReputationOptions::Mode::evict)
    for (Member& m : members_) m.quarantined = !reputation_.enters(m.worker, m.incarnation);
  ++round_;
  report_ = open_report(round_);
  report_.notes = take_notes();
  losses_.clear();
  plans_.assign(options_.validators, {});
  came_.assign(options_.validators, false);
  committed_.assign(options_.shards, false);
  phase_ = Phase::open;
  progressed();
  opened_at_ = last_worked_at_ = context().clock().now();

  const Envelope open = Envelope::of<wire::Open>([this](wire::Open::Builder out) {
    out.setRound(round_);
    out.setLr(report_.lr);
    auto members = out.initMembers(static_cast<uint32_t>(members_.size()));
    for (uint32_t k = 0; k < members_.size(); ++k) {
      members[k].setWorker(members_[k].worker);
      members[k].setIncarnation(members_[k].incarnation);
      members[k].setAwaited(members_[k].awaited);
      members[k].setQuarantined(members_[k].quarantined);
    }
  });
  // The shards first: a push must not be quicker than the round it belongs to.
  tell_shards(open);
  for (uint32_t v = 0; v < options_.validators; ++v) context().tell(nth("validator", v), open);
  for (const Member& m : members_) context().tell(nth("worker", m.worker), open);

  // The shards close the round at the deadline; a validator that fell in between leaves its group without a plan.
  context().after(2 * options_.deadline, [this, round = round_] {
    if (phase_ == Phase::open && round == round_) apply();
  });
}

void Scheduler::worked(const Msg<wire::Worked>& worked) {
  const std::string& name = context().sender().name;
  result_.compute_seconds += worked->getComputeSeconds();
  const bool worker = name.starts_with("worker/");
  if (worker) roster_.heard_of(index_of(name));
  if (worked->getRound() != round_ || phase_ != Phase::open) return;
  last_worked_at_ = context().clock().now();
  report_.compute_seconds += worked->getComputeSeconds();
  report_.transfer_seconds = std::max(report_.transfer_seconds, worked->getPullSeconds());
  if (worker) losses_[index_of(name)] = worked->getLoss();
}

void Scheduler::plan(const Msg<wire::Plan>& plan) {
  const uint32_t group = index_of(context().sender().name);
  if (phase_ != Phase::open || plan->getRound() != round_ || group >= options_.validators || came_[group]) return;
  plans_[group] = plan.envelope();
  came_[group] = true;
  if (std::ranges::all_of(came_, [](bool b) { return b; })) apply();
}

void Scheduler::apply() {
  for (uint32_t g = 0; g < options_.validators; ++g)
    if (came_[g] && Msg<wire::Plan>(plans_[g])->getStop())
      return fail("round " + std::to_string(round_) + ": " + Msg<wire::Plan>(plans_[g])->getNote().cStr());
  phase_ = Phase::applying;
  progressed();
  tell_shards(Envelope::of<wire::Apply>([this](wire::Apply::Builder out) {
    out.setRound(round_);
    auto plans = out.initPlans(static_cast<uint32_t>(std::ranges::count(came_, true)));
    uint32_t k = 0;
    for (uint32_t g = 0; g < options_.validators; ++g)
      if (came_[g]) plans.setWithCaveats(k++, *Msg<wire::Plan>(plans_[g]));
  }));
  expect_progress(options_.deadline, "the shards did not commit round " + std::to_string(round_));
}

void Scheduler::committed(const Msg<wire::Committed>& committed) {
  if (phase_ != Phase::applying || committed->getRound() != round_) return;
  committed_[index_of(context().sender().name)] = true;
  if (!std::ranges::all_of(committed_, [](bool b) { return b; })) return;
  report_.wall_seconds = seconds_since(opened_at_);
  report_.aggregation_seconds = seconds_since(last_worked_at_);
  phase_ = Phase::idle;
  end_round(closed_report(), round_);
}

RoundReport Scheduler::closed_report() {
  for (uint32_t g = 0; g < options_.validators; ++g) {
    if (!came_[g]) {
      report_.notes.push_back("group " + std::to_string(g) + ": no plan came from its validator: no update");
      continue;
    }
    const Msg<wire::Plan> plan(plans_[g]);
    score_.score(*plan, [this](uint32_t) { return round_; }, report_);
    if (plan->getNote().size() > 0) report_.notes.push_back("group " + std::to_string(g) + ": " + plan->getNote().cStr());
  }
  std::ranges::sort(report_.workers, {}, &WorkerReport::worker);
  double sum = 0;
  for (WorkerReport& w : report_.workers) {
    if (auto i = losses_.find(w.worker); i != losses_.end()) {
      w.loss = i->second;
      sum += i->second;
    } else if (w.state == to_string(Round::State::absent)) {
      roster_.missed(w.worker);
    }
  }
  if (options_.reputation.mode != ReputationOptions::Mode::off) judge_workers();
  if (!losses_.empty()) report_.loss = sum / static_cast<double>(losses_.size());
  for (const auto& note : take_notes()) report_.notes.push_back(note);
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
                                  .rows_sha256 = {}});
  const bool acts = options_.reputation.mode == ReputationOptions::Mode::evict;
  for (const Reputation::Change& change : reputation_.after(report_)) {
    const std::string who = to_string(Address{nth("worker", change.worker), change.incarnation});
    report_.notes.push_back(who + (acts ? " is " : " would be ") + std::string(to_string(change.to)) + ": " + change.why);
    if (!change.drain.empty()) report_.notes.push_back("node " + change.drain + " is to be drained: its workers keep being evicted");
    report_.evidence.push_back(evidence(change, round_, options_.rule));
    if (acts && change.to == Standing::evicted) evict(change.worker, change.why);
  }
}

void Scheduler::fell(const Address& who, bool) {
  if (who.name.starts_with("worker/")) roster_.down(index_of(who.name), who.incarnation);
}

void Scheduler::returned(const Address& who) {
  if (who.name.starts_with("worker/")) roster_.up(index_of(who.name), who.incarnation);
}

}  // namespace zenops
