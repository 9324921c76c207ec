#include "actors/scheduler.hpp"

#include <algorithm>

#include "actors/wire/compose.hpp"
#include "actors/worker.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {

Scheduler::Scheduler(Context& context, Options options, Scorekeeper score, Audience audience)
    : Actor(context),
      options_(options),
      score_(std::move(score)),
      audience_(std::move(audience)),
      roster_(options.workers),
      whole_lr_(options.lr),
      gathering_(options.shards) {
  context.watch();
}

Behavior Scheduler::handlers() {
  return Behavior{}
      .on<wire::Start>(the_operator, [this](const Msg<wire::Start>&) { go_on(); })
      .on<wire::Worked>(From{"worker/", "validator/"}, [this](const Msg<wire::Worked>& m) { worked(m); })
      .on<wire::Plan>(From{"validator/"}, [this](const Msg<wire::Plan>& m) { plan(m); })
      .on<wire::Committed>(From{"shard/"}, [this](const Msg<wire::Committed>& m) { committed(m); })
      .on<wire::Held>(From{"evaluator"}, [this](const Msg<wire::Held>& m) { held(m); })
      .on<wire::Evaluated>(From{"evaluator"}, [this](const Msg<wire::Evaluated>& m) { evaluated(m); })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) { down(m); })
      .on<wire::Up>(the_operator, [this](const Msg<wire::Up>& m) { up(m); })
      .on<wire::SetLr>(the_operator, [this](const Msg<wire::SetLr>& m) { whole_lr_ = m->getLr(); })
      .on<wire::SetAttack>(the_operator, [this](const Msg<wire::SetAttack>& m) { set_attack(m); })
      .on<wire::Stop>(the_operator, [this](const Msg<wire::Stop>&) { stop(); });
}

void Scheduler::go_on() {
  if (phase_ == Phase::finishing) return;
  if (!stop_ && round_ < options_.rounds) return open_round();
  if (evaluated_version_ == version_) return finish();
  if (asked_version_ != version_) return hand_over(true, false);  // it was stopped between two evaluations
  phase_ = Phase::evaluating;
  ++progress_;
  expect_progress(10 * options_.deadline, "the evaluation of version " + std::to_string(version_) + " did not end");
}

void Scheduler::open_round() {
  for (auto& [worker, change] : waiting_attacks_) {
    score_.set(worker, attack_of(*Msg<wire::SetAttack>(change)));
    context().tell(nth("worker", worker), change);
    attacks_[worker] = change;
  }
  waiting_attacks_.clear();

  members_ = roster_.members();
  ++round_;
  lr_ = whole_lr_ * options_.schedule.share(round_);
  report_ = {};
  report_.round = round_;
  report_.rounds = options_.rounds;
  report_.epoch = options_.pace.epochs(round_);
  report_.lr = lr_;
  report_.notes = std::exchange(notes_, {});
  losses_.clear();
  plans_.assign(options_.validators, {});
  came_.assign(options_.validators, false);
  committed_.assign(options_.shards, false);
  phase_ = Phase::open;
  ++progress_;
  opened_at_ = last_worked_at_ = context().clock().now();

  const Envelope open = Envelope::of<wire::Open>([this](wire::Open::Builder out) {
    out.setRound(round_);
    out.setLr(lr_);
    auto members = out.initMembers(static_cast<uint32_t>(members_.size()));
    for (uint32_t k = 0; k < members_.size(); ++k) {
      members[k].setWorker(members_[k].worker);
      members[k].setIncarnation(members_[k].incarnation);
      members[k].setAwaited(members_[k].awaited);
    }
  });
  // The shards first: a push must not be quicker than the round it belongs to.
  for (uint32_t s = 0; s < options_.shards; ++s) context().tell(nth("shard", s), open);
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
  ++progress_;
  const Envelope apply = Envelope::of<wire::Apply>([this](wire::Apply::Builder out) {
    out.setRound(round_);
    auto plans = out.initPlans(static_cast<uint32_t>(std::ranges::count(came_, true)));
    uint32_t k = 0;
    for (uint32_t g = 0; g < options_.validators; ++g)
      if (came_[g]) plans.setWithCaveats(k++, *Msg<wire::Plan>(plans_[g]));
  });
  for (uint32_t s = 0; s < options_.shards; ++s) context().tell(nth("shard", s), apply);
  expect_progress(options_.deadline, "the shards did not commit round " + std::to_string(round_));
}

void Scheduler::committed(const Msg<wire::Committed>& committed) {
  if (phase_ != Phase::applying || committed->getRound() != round_) return;
  committed_[index_of(context().sender().name)] = true;
  if (!std::ranges::all_of(committed_, [](bool b) { return b; })) return;
  version_ = round_;
  report_.wall_seconds = seconds_since(opened_at_);
  report_.aggregation_seconds = seconds_since(last_worked_at_);
  result_.wall_seconds += report_.wall_seconds;
  result_.rounds = round_;

  const bool due = options_.eval_every > 0 ? round_ % options_.eval_every == 0 : options_.pace.ends_epoch(round_);
  const bool score = due || round_ == options_.rounds;
  const bool keep = options_.keep_every > 0 && round_ % options_.keep_every == 0;
  close_round(score);
  if (score || keep) return hand_over(score, keep);
  phase_ = Phase::idle;
  go_on();
}

void Scheduler::hand_over(bool score, bool keep) {
  phase_ = Phase::handing_over;
  ++progress_;
  if (score) asked_version_ = version_;
  handed_ = {score, keep};
  context().tell("evaluator", Envelope::of<wire::Evaluate>([&](wire::Evaluate::Builder out) {
                   out.setVersion(version_);
                   out.setScore(score);
                   out.setKeep(keep);
                 }));
  // It may first have to end with the version before.
  expect_progress(10 * options_.deadline, "the evaluator did not take version " + std::to_string(version_));
}

void Scheduler::held(const Msg<wire::Held>& held) {
  if (phase_ != Phase::handing_over || held->getVersion() != version_) return;
  phase_ = Phase::idle;
  ++progress_;
  go_on();
}

void Scheduler::evaluated(const Msg<wire::Evaluated>& evaluated) {
  Evaluation evaluation{.loss = evaluated->getLoss(),
                        .accuracy = evaluated->getAccuracy(),
                        .top5 = evaluated->getTop5(),
                        .classes = {}};
  for (const double accuracy : evaluated->getClasses()) evaluation.classes.push_back(accuracy);
  reports_.evaluated(evaluated->getVersion(), evaluation);
  publish();
  if (evaluated->getVersion() != version_) return;
  result_.evaluation = std::move(evaluation);
  evaluated_version_ = version_;
  if (phase_ == Phase::evaluating) finish();
}

void Scheduler::close_round(bool score) {
  for (uint32_t g = 0; g < options_.validators; ++g) {
    if (!came_[g]) {
      report_.notes.push_back("group " + std::to_string(g) + ": no plan came from its validator: no update");
      continue;
    }
    const Msg<wire::Plan> plan(plans_[g]);
    score_.score(*plan, report_);
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
  if (!losses_.empty()) report_.loss = sum / static_cast<double>(losses_.size());
  for (const auto& note : notes_) report_.notes.push_back(note);
  notes_.clear();
  result_.tally += report_.tally;
  ++progress_;
  reports_.add(std::move(report_), score);
  publish();
}

void Scheduler::publish() {
  while (const auto report = reports_.next()) audience_.round(*report);
}

void Scheduler::down(const Msg<wire::Down>& down) {
  const std::string name = down->getName().cStr();
  notes_.push_back(to_string(Address{name, down->getIncarnation()}) + " lost: " + down->getCause().cStr() +
                   (down->getRestarts() ? "; it is restarted" : "; it is given up"));
  if (name.starts_with("worker/")) roster_.down(index_of(name), down->getIncarnation());
  if (name != "evaluator") return;
  asked_version_.reset();
  reports_.give_up("the evaluator was lost: no evaluation");
  publish();
}

void Scheduler::up(const Msg<wire::Up>& up) {
  const std::string name = up->getName().cStr();
  if (name == "evaluator" && phase_ == Phase::handing_over) hand_over(handed_.score, handed_.keep);
  if (name == "evaluator" && phase_ == Phase::evaluating) hand_over(true, false);
  if (!name.starts_with("worker/")) return;
  roster_.up(index_of(name), up->getIncarnation());
  // A new life begins with the attack of the configuration.
  if (auto i = attacks_.find(index_of(name)); i != attacks_.end()) context().tell(name, i->second);
}

void Scheduler::set_attack(const Msg<wire::SetAttack>& change) { waiting_attacks_[change->getWorker()] = change.envelope(); }

void Scheduler::stop() {
  stop_ = true;
  if (phase_ == Phase::idle) go_on();
}

void Scheduler::finish() {
  result_.stopped = stop_ && round_ < options_.rounds;
  phase_ = Phase::finishing;
  ++progress_;
  gathering_.begin(version_);
  for (uint32_t s = 0; s < options_.shards; ++s)
    context().tell(nth("shard", s), Envelope::of<wire::Pull>([this](wire::Pull::Builder pull) { pull.setVersion(version_); }));
  expect_progress(options_.deadline, "the shards did not hand out the final parameters");
}

void Scheduler::parameters(const Msg<wire::Parameters>& parameters) {
  if (phase_ != Phase::finishing || parameters.rows().empty()) return;
  if (!gathering_.offer(parameters->getVersion(), parameters->getShard(), parameters.rows()[0])) return;
  ++progress_;
  for (const Row& part : gathering_.take()) result_.weights.insert(result_.weights.end(), part.view().begin(), part.view().end());
  audience_.end(std::move(result_));
}

void Scheduler::fail(std::string why) {
  phase_ = Phase::finishing;
  ++progress_;
  audience_.end(zenops::fail(Ec::timeout, std::move(why)));
}

void Scheduler::expect_progress(Clock::Duration d, const std::string& otherwise) {
  context().after(d, [this, otherwise, progress = progress_] {
    if (progress == progress_) fail(otherwise);
  });
}

double Scheduler::seconds_since(Clock::Time t) {
  return std::chrono::duration<double>(context().clock().now() - t).count();
}

}  // namespace zenops
