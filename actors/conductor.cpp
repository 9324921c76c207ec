#include "actors/conductor.hpp"

#include "actors/wire/compose.hpp"

namespace zenops {

Conductor::Conductor(Context& context, Options options, Scorekeeper score, Audience audience)
    : Actor(context),
      options_(std::move(options)),
      score_(std::move(score)),
      audience_(std::move(audience)),
      whole_lr_(options_.lr),
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
      .on<wire::SetAttack>(the_operator, [this](const Msg<wire::SetAttack>& m) { waiting_attacks_[m->getWorker()] = m.envelope(); })
      .on<wire::SetLr>(the_operator, [this](const Msg<wire::SetLr>& m) { whole_lr_ = m->getLr(); })
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
  if (!stop_ && closed_ < options_.rounds) {
    phase_ = Phase::training;
    return next_round();
  }
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
  result_.tally += report.tally;
  const bool due = options_.eval_every > 0 ? closed_ % options_.eval_every == 0 : options_.pace.ends_epoch(closed_);
  const bool score = due || closed_ == options_.rounds;
  const bool keep = options_.keep_every > 0 && closed_ % options_.keep_every == 0;
  ++progress_;
  reports_.add(std::move(report), score);
  publish();
  if (score || keep) return hand_over(score, keep);
  go_on();
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
  reports_.evaluated(evaluated->getRound(), evaluation);
  publish();
  if (evaluated->getRound() != closed_) return;
  result_.evaluation = std::move(evaluation);
  evaluated_ = closed_;
  if (phase_ == Phase::evaluating) finish();
}

void Conductor::publish() {
  while (const auto report = reports_.next()) audience_.round(*report);
}

void Conductor::down(const Msg<wire::Down>& down) {
  const Address who{down->getName().cStr(), down->getIncarnation()};
  notes_.push_back(to_string(who) + " lost: " + down->getCause().cStr() +
                   (down->getRestarts() ? "; it is restarted" : "; it is given up"));
  if (who.name == "evaluator") {
    asked_.reset();
    reports_.give_up("the evaluator was lost: no evaluation");
    publish();
  }
  fell(who, down->getRestarts());
}

void Conductor::up(const Msg<wire::Up>& up) {
  const Address who{up->getName().cStr(), up->getIncarnation()};
  if (who.name == "evaluator" && phase_ == Phase::handing_over) hand_over(handed_.score, handed_.keep);
  if (who.name == "evaluator" && phase_ == Phase::evaluating) hand_over(true, false);
  // A new life begins with the attack of the configuration.
  if (who.name.starts_with("worker/"))
    if (auto i = attacks_.find(index_of(who.name)); i != attacks_.end()) context().tell(who.name, i->second);
  returned(who);
}

void Conductor::change_attacks() {
  for (auto& [worker, change] : std::exchange(waiting_attacks_, {})) {
    score_.set(worker, attack_of(*Msg<wire::SetAttack>(change)));
    context().tell(nth("worker", worker), change);
    attacks_[worker] = change;
  }
}

void Conductor::tell_shards(const Envelope& envelope) {
  for (uint32_t s = 0; s < options_.shards; ++s) context().tell(nth("shard", s), envelope);
}

void Conductor::stop() {
  stop_ = true;
  if (phase_ == Phase::training && round_ == 0) go_on();
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
  if (phase_ != Phase::finishing || parameters.rows().empty()) return;
  if (!gathering_.offer(parameters->getVersion(), parameters->getShard(), parameters.rows()[0])) return;
  ++progress_;
  for (const Row& part : gathering_.take()) result_.weights.insert(result_.weights.end(), part.view().begin(), part.view().end());
  audience_.end(std::move(result_));
}

void Conductor::fail(std::string why) {
  phase_ = Phase::finishing;
  ++progress_;
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
