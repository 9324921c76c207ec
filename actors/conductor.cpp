#include "actors/conductor.hpp"

#include <algorithm>
#include <cmath>

#include "actors/wire/compose.hpp"
#include "runtime/answers.hpp"

namespace zenops {

Conductor::Conductor(Context& context, Options options, Scorekeeper score, Audience audience)
    : Actor(context),
      options_(std::move(options)),
      score_(std::move(score)),
      audience_(std::move(audience)),
      chronicle_(options_.workers),
      configured_score_(score_),
      changes_{.lr = options_.lr},
      gathering_(options_.shards) {
  context.watch();
}

Behavior Conductor::handlers() {
  return Behavior{}
      .on<wire::Held>(From{"evaluator"}, [this](const Msg<wire::Held>& m) { held(m); })
      .on<wire::Evaluated>(From{"evaluator"}, [this](const Msg<wire::Evaluated>& m) { evaluated(m); })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
      .on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) { down(m); })
      .on<wire::Up>(the_operator, [this](const Msg<wire::Up>& m) { up(m); })
      .answer_later<wire::SetLr, wire::Ordered>(the_operator, [this](const Msg<wire::SetLr>& m) { set_lr(m); })
      .answer_later<wire::SetAttack, wire::Ordered>(the_operator, [this](const Msg<wire::SetAttack>& m) { set_attack(m); })
      .answer_later<wire::SetRule, wire::Ordered>(the_operator, [this](const Msg<wire::SetRule>& m) { set_rule(m); })
      .answer_later<wire::EvictWorker, wire::Ordered>(the_operator, [this](const Msg<wire::EvictWorker>& m) { evict_worker(m); })
      .answer_later<wire::ReadmitWorker, wire::Ordered>(the_operator, [this](const Msg<wire::ReadmitWorker>& m) { readmit_worker(m); })
      .answer_later<wire::SaveRun, wire::RunSaved>(the_operator, [this](const Msg<wire::SaveRun>&) { save_run(); })
      .answer_later<wire::Pause, wire::Standing>(the_operator, [this](const Msg<wire::Pause>&) { pause(); })
      .answer_later<wire::Resume, wire::Standing>(the_operator, [this](const Msg<wire::Resume>&) { resume_rounds(); })
      .answer_later<wire::Step, wire::Standing>(the_operator, [this](const Msg<wire::Step>& m) { step(m); })
      .answer_later<wire::Survey, wire::Standing>(the_operator, [this](const Msg<wire::Survey>& m) { survey(m->getSince()); })
      .on<wire::Stop>(the_operator, [this](const Msg<wire::Stop>&) { stop(); });
}

RoundReport Conductor::open_report(uint32_t round) {
  RoundReport report;
  report.round = round;
  report.rounds = options_.rounds;
  report.epoch = options_.pace.epochs(round);
  report.lr = lr(round);
  return report;
}

void Conductor::go_on() {
  if (phase_ == Phase::finishing) return;
  // What was told is made again first, also of a run that is to stop: nobody is told of rounds that there are not.
  if (wants_saving() && save(false)) return;
  if (closed_ < (stop_ ? told_ : options_.rounds)) {
    // What was told and is made again is none of the operator's: it stands where it stood.
    const bool again = closed_ < told_, shut = !again && gate_.shut(closed_);
    phase_ = shut ? Phase::paused : Phase::training;
    ++progress_;
    if (!again) answer_the_gate(shut);
    return shut ? void() : next_round();
  }
  if (save(true)) return;
  if (evaluated_ == closed_) return finish();
  if (asked_ != closed_) return hand_over(true, false);  // it was stopped between two evaluations
  phase_ = Phase::evaluating;
  ++progress_;
  expect_progress(10 * options_.deadline, "the evaluation after round " + std::to_string(closed_) + " did not end");
}

void Conductor::end_round(RoundReport report, uint32_t version) {
  closed_ = report.round;
  version_ = version;
  auto traffic = context().traffic();
  for (const auto& [kind, bytes] : traffic) {
    const Bytes before = traffic_[kind];
    report.traffic[kind] = {bytes.sent - before.sent, bytes.received - before.received};
  }
  traffic_ = std::move(traffic);
  result_.rounds = closed_;
  result_.wall_seconds += report.wall_seconds;
  const bool due = options_.eval_every > 0 ? closed_ % options_.eval_every == 0 : options_.pace.ends_epoch(closed_);
  const bool score = due || closed_ == options_.rounds;
  const bool keep = options_.keep_every > 0 && closed_ % options_.keep_every == 0;
  ++progress_;
  if (closed_ > told_) {
    told_ = closed_;
    result_.tally += report.tally;
    chronicle_.count(report);
    reports_.add(std::move(report), score);
    publish();
  }
  handed_ = {score, keep};
  handing_ = score || keep;
  if (!save(false)) saved();
}

void Conductor::saved() {
  if (std::exchange(handing_, false)) return hand_over(handed_.score, handed_.keep);
  go_on();
}

void Conductor::suspend() {
  if (phase_ != Phase::suspended) suspended_in_ = phase_;
  phase_ = Phase::suspended;
  ++progress_;
}

void Conductor::resume() {
  phase_ = Phase::training;
  ++progress_;
  if (suspended_in_ == Phase::handing_over) return hand_over(handed_.score, handed_.keep);
  if (suspended_in_ == Phase::finishing) return finish();
  go_on();
}

void Conductor::go_back(uint32_t round, uint32_t version) {
  // The evaluator waits for what was made before, if that is what there is again.
  handing_ = phase_ == Phase::suspended && suspended_in_ == Phase::handing_over && round == closed_;
  closed_ = result_.rounds = round;
  version_ = version;
  if (asked_ > round) asked_.reset();
  if (evaluated_ > round) evaluated_.reset();
  phase_ = Phase::training;
  ++progress_;
}

void Conductor::go_back(const Snapshot& snapshot, uint32_t version) {
  go_back(snapshot.round, version);
  changes_ = {snapshot.lr, snapshot.attacks, snapshot.rule};
  for (const uint32_t worker : made_honest_) changes_.attacks[worker] = {};
  score_ = configured_score_;
  for (const auto& [worker, attack] : changes_.attacks) score_.set(worker, attack);
}

void Conductor::describe(Snapshot& snapshot) const {
  // With what the operator has said since; when rounds are made again, that counts from where it did.
  const Changes changes = closed_ >= told_ ? changes_to_come() : changes_;
  snapshot.round = closed_;
  snapshot.lr = changes.lr;
  snapshot.attacks = changes.attacks;
  snapshot.rule = changes.rule;
  snapshot.tally = result_.tally;
  snapshot.wall_seconds = result_.wall_seconds;
  snapshot.compute_seconds = result_.compute_seconds;
}

void Conductor::skip_to(const Snapshot& snapshot) {
  told_ = snapshot.round;
  changes_ = {snapshot.lr, snapshot.attacks, snapshot.rule};
  result_.tally = snapshot.tally;
  result_.wall_seconds = snapshot.wall_seconds;
  result_.compute_seconds = snapshot.compute_seconds;
}

void Conductor::write(std::shared_ptr<const Snapshot> snapshot) {
  unwritten_ = std::move(snapshot);
  for (WaitingForSnapshot& one : saves_)
    if (!one.round) one.round = unwritten_->round;
  write_if_told();
}

bool Conductor::wants_saving() const {
  return closed_ >= told_ && std::ranges::any_of(saves_, [](const WaitingForSnapshot& one) { return !one.round; });
}

void Conductor::not_saved(const std::string& why) {
  for (const WaitingForSnapshot& one : saves_)
    if (!one.round) one.reply(failure({Ec::failed, why}));
  std::erase_if(saves_, [](const WaitingForSnapshot& one) { return !one.round; });
}

namespace {

Envelope saved_run(uint32_t round) {
  return Envelope::of<wire::RunSaved>([round](wire::RunSaved::Builder out) { out.setRound(round); });
}

}  // namespace

void Conductor::write_if_told() {
  if (!unwritten_ || writing_ || reports_.awaits(unwritten_->round)) return;
  writing_ = true;
  context().offload(
      snapshots_->writer(),
      // Not shared: it ends this thread when it goes.
      [snapshots = snapshots_.get(), snapshot = unwritten_](int) -> std::string {
        try {
          snapshots->add(*snapshot);
          return {};
        } catch (const std::exception& e) {
          return "no snapshot of round " + std::to_string(snapshot->round) + ": " + e.what();
        }
      },
      [this, written = unwritten_](const std::string& failure) {
        writing_ = false;
        if (unwritten_ == written) unwritten_.reset();
        if (!failure.empty()) {
          notes_.push_back(failure);
          context().log(failure);
        }
        const auto over = [&written](const WaitingForSnapshot& one) { return one.round && *one.round <= written->round; };
        for (const WaitingForSnapshot& one : saves_)
          if (over(one)) one.reply(failure.empty() ? saved_run(written->round) : zenops::failure({Ec::failed, failure}));
        std::erase_if(saves_, over);
        write_if_told();
        if (ended_) end();
      });
}

void Conductor::hand_over(bool score, bool keep) {
  phase_ = Phase::handing_over;
  ++progress_;
  if (score) asked_ = closed_;
  handed_ = {score, keep};
  context().tell("evaluator", Envelope::of<wire::Evaluate>([&](wire::Evaluate::Builder out) {
                   out.setVersion(version_);
                   out.setRound(closed_);
                   out.setScore(score);
                   out.setKeep(keep);
                 }));
  // It may first have to end with the version before.
  expect_progress(10 * options_.deadline, "the evaluator did not take the parameters of round " + std::to_string(closed_));
}

void Conductor::held(const Msg<wire::Held>& held) {
  if (phase_ != Phase::handing_over || held->getRound() != closed_) return;
  phase_ = Phase::training;
  ++progress_;
  go_on();
}

void Conductor::evaluated(const Msg<wire::Evaluated>& evaluated) {
  Evaluation evaluation{.loss = evaluated->getLoss(),
                        .accuracy = evaluated->getAccuracy(),
                        .top5 = evaluated->getTop5(),
                        .classes = {}};
  for (const double accuracy : evaluated->getClasses()) evaluation.classes.push_back(accuracy);
  if (!std::isnan(evaluated->getAttackSuccess())) evaluation.attack_success = evaluated->getAttackSuccess();
  reports_.evaluated(evaluated->getRound(), evaluation);
  publish();
  answer_the_evaluated();
  if (evaluated->getRound() != closed_) return;
  result_.evaluation = std::move(evaluation);
  evaluated_ = closed_;
  if (phase_ == Phase::evaluating) finish();
}

void Conductor::publish() {
  while (const auto report = reports_.next()) {
    chronicle_.reported(*report);
    audience_.round(*report);
  }
  write_if_told();
}

void Conductor::down(const Msg<wire::Down>& down) {
  const Address who{down->getName().cStr(), down->getIncarnation()};
  note_fall(who, to_string(who) + " lost: " + down->getCause().cStr() +
                     (down->getRestarts() ? "; it is restarted" : "; it is given up"));
  if (who.name == "evaluator") {
    asked_.reset();
    reports_.give_up("the evaluator was lost: no evaluation");
    publish();
    answer_the_evaluated();
  }
  fell(who, down->getRestarts());
}

void Conductor::up(const Msg<wire::Up>& up) {
  const Address who{up->getName().cStr(), up->getIncarnation()};
  if (who.name == "evaluator" && phase_ == Phase::handing_over) hand_over(handed_.score, handed_.keep);
  if (who.name == "evaluator" && phase_ == Phase::evaluating) hand_over(true, false);
  if (who.name.starts_with("worker/")) chronicle_.lives(index_of(who.name), who.incarnation);
  // A new life begins with the attack of the configuration.
  if (who.name.starts_with("worker/"))
    if (const AttackOptions* changed = attack(index_of(who.name)))
      context().tell(who.name, Envelope::of<wire::SetAttack>(
                                   [&](wire::SetAttack::Builder out) { zenops::write(index_of(who.name), *changed, out); }));
  returned(who);
}

void Conductor::take_orders(uint32_t round) {
  for (const Envelope& order : orders_.before(round)) {
    if (order.type == capnp::typeId<wire::SetAttack>()) {
      const uint32_t worker = Msg<wire::SetAttack>(order)->getWorker();
      if (!news(round) && made_honest(worker)) continue;  // it was meant for the one before
      made_honest_.erase(worker);
      change(changes_, order);
      score_.set(worker, changes_.attacks[worker]);
      context().tell(nth("worker", worker), order);
      continue;
    }
    change(changes_, order);
    if (order.type == capnp::typeId<wire::ReadmitWorker>()) readmit(Msg<wire::ReadmitWorker>(order)->getWorker());
  }
  const auto after = order_notes_.upper_bound(round);
  for (auto one = order_notes_.begin(); one != after; ++one)
    for (std::string& words : one->second) note(std::move(words));
  order_notes_.erase(order_notes_.begin(), after);
}

const AttackOptions* Conductor::attack(uint32_t worker) const {
  const auto found = changes_.attacks.find(worker);
  return found == changes_.attacks.end() ? nullptr : &found->second;
}

void Conductor::evict(uint32_t worker, uint32_t incarnation, const std::string& why) {
  if (options_.reputation.replacement == ReputationOptions::Replacement::honest) {
    made_honest_.insert(worker);
    changes_.attacks[worker] = {};
    score_.set(worker, {});
  }
  chronicle_.evicted(worker);
  context().evict({nth("worker", worker), incarnation}, why);
}

void Conductor::tell_shards(const Envelope& envelope) {
  for (uint32_t s = 0; s < options_.shards; ++s) context().tell(nth("shard", s), envelope);
}

void Conductor::stop() {
  stop_ = true;
  if (phase_ == Phase::coming || phase_ == Phase::paused) go_on();
}

void Conductor::finish() {
  result_.stopped = stop_ && closed_ < options_.rounds;
  phase_ = Phase::finishing;
  ++progress_;
  gathering_.begin(version_);
  tell_shards(Envelope::of<wire::Pull>([this](wire::Pull::Builder pull) { pull.setVersion(version_); }));
  expect_progress(options_.deadline, "the shards did not hand out the final parameters");
}

void Conductor::parameters(const Msg<wire::Parameters>& parameters) {
  if (ended_ || phase_ != Phase::finishing || parameters.rows().empty()) return;
  if (!gathering_.offer(parameters->getVersion(), parameters->getShard(), parameters.rows()[0])) return;
  ++progress_;
  for (const Row& part : gathering_.take()) result_.weights.insert(result_.weights.end(), part.view().begin(), part.view().end());
  end();
}

void Conductor::end() {
  ended_ = true;
  if (writing_) return;
  answer_the_last(standing(), "the run has ended");
  result_.notes = untold_notes();
  result_.evidence = untold_evidence();
  audience_.end(std::move(result_));
}

void Conductor::fail(std::string why) {
  ended_ = true;
  phase_ = Phase::finishing;
  ++progress_;
  halt();
  answer_the_last(failure({Ec::failed, why}), why);
  audience_.end(zenops::fail(Ec::timeout, std::move(why)));
}

void Conductor::expect_progress(Clock::Duration d, const std::string& otherwise) {
  context().after(d, [this, otherwise, progress = progress_] {
    if (progress == progress_) fail(otherwise);
  });
}

double Conductor::seconds_since(Clock::Time t) {
  return std::chrono::duration<double>(context().clock().now() - t).count();
}

}  // namespace zenops
