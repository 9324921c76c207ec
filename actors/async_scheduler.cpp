#include "actors/async_scheduler.hpp"

#include <algorithm>
#include <cmath>

#include "actors/wire/compose.hpp"

namespace zenops {
namespace {

std::optional<TraineeId> trainee_of(std::string_view name) {
  if (name.starts_with("worker/")) return TraineeId{Role::worker, index_of(name)};
  if (name.starts_with("validator/")) return TraineeId{Role::validator, index_of(name)};
  return {};
}

}  // namespace

std::string AsyncScheduler::name_of(TraineeId who) { return nth(who.role == Role::worker ? "worker" : "validator", who.index); }

AsyncScheduler::AsyncScheduler(Context& context, Options options, Habits habits, Scorekeeper score, Delays delays,
                               Audience audience)
    : Conductor(context, std::move(options), std::move(score), std::move(audience)),
      habits_(std::move(habits)),
      alpha_({.kind = ScheduleOptions::Kind::step,
              .rounds = habits_.async.alpha_decay_rounds,
              .factor = static_cast<float>(habits_.async.alpha_decay)},
             options_.rounds),
      delays_(std::move(delays)),
      agenda_(habits_.async.simulated),
      intakes_(options_.validators),
      batches_(options_.validators) {
  for (uint32_t w = 0; w < options_.workers; ++w) trainees_[{Role::worker, w}] = {};
  for (uint32_t v = 0; v < options_.validators; ++v) trainees_[{Role::validator, v}] = {};
}

Behavior AsyncScheduler::handlers() {
  return Conductor::handlers()
      .on<wire::Start>(the_operator, [this](const Msg<wire::Start>&) { go_on(); })
      .on<wire::Worked>(From{"worker/", "validator/"}, [this](const Msg<wire::Worked>& m) { worked(m); })
      .on<wire::Plan>(From{"validator/"}, [this](const Msg<wire::Plan>& m) { plan(m); })
      .on<wire::Committed>(From{"shard/"}, [this](const Msg<wire::Committed>&) { committed(); });
}

void AsyncScheduler::begin() {
  round_ = begun_ = 1;
  take_orders(1);
  report_ = open_async_report(1);
  opened_at_ = context().clock().now();
  for (const auto& [who, trainee] : trainees_) {
    if (who.role == Role::worker || needs_direction())
      give(who, true);
    else
      intakes_[who.index].judge_by(0);
  }
  watch_for_a_stall();
  evict_as_ordered();
  go_through_steps();
}

void AsyncScheduler::next_round() {
  if (round_ == 0) return begin();
  if (begun_ < report_.round) {
    begun_ = report_.round;
    take_orders(begun_);
    report_.lr = task_lr(begun_);
    opened_at_ = context().clock().now();
    evict_as_ordered();
  }
  go_through_steps();
}

OrderCheck::Objection AsyncScheduler::against_evicting(uint32_t worker) const {
  if (trainees_.at({Role::worker, worker}).here) return {};
  return nth("worker", worker) + " is not there: it fell";
}

uint32_t AsyncScheduler::round_of(uint32_t worker) const { return std::max(trainees_.at({Role::worker, worker}).number, 1u); }

void AsyncScheduler::evict_as_ordered() {
  for (const Eviction& eviction : take_evictions(begun_)) {
    const Trainee& trainee = trainees_.at({Role::worker, eviction.worker});
    if (trainee.here)
      report_.evidence.push_back(evict(eviction, trainee.incarnation, {}));
    else
      note(nth("worker", eviction.worker) + " fell before it was evicted");
  }
}

float AsyncScheduler::task_lr(uint32_t round) const {
  const double scale = habits_.async.scale_lr ? std::sqrt(1.0 / (options_.workers + 1)) : 1;
  return lr(round) * static_cast<float>(scale);
}

RoundReport AsyncScheduler::open_async_report(uint32_t round) {
  RoundReport report = open_report(round);
  report.lr = task_lr(round);
  return report;
}

double AsyncScheduler::seconds(TraineeId who, uint32_t number) const {
  const double lie = who.role == Role::worker ? score_.adversary().delay(who.index, number) : 0;
  return habits_.local_steps * habits_.async.step_seconds + delays_.seconds(who.role, who.index, number) + lie;
}

// ---- whose turn it is

void AsyncScheduler::worked(const Msg<wire::Worked>& worked) {
  const Address& sender = context().sender();
  const TraineeId who = *trainee_of(sender.name);
  ++news_;
  result_.compute_seconds += worked->getComputeSeconds();
  report_.compute_seconds += worked->getComputeSeconds();
  report_.transfer_seconds = std::max(report_.transfer_seconds, worked->getPullSeconds());
  Trainee& trainee = trainees_.at(who);
  if (sender.incarnation != trainee.incarnation || worked->getRound() != trainee.number || trainee.result) return;
  trainee.result = Update{who.index,           sender.incarnation, trainee.number,
                          worked->getActive(), trainee.base,       worked->getLoss()};
  agenda_.came(who);
  advance();
}

void AsyncScheduler::advance() {
  while (!finishing() && round_ <= options_.rounds) {
    const auto who = agenda_.next();
    if (!who) break;
    who->role == Role::worker ? turn_of_worker(*who) : turn_of_validator(*who);
  }
  go_through_steps();
}

void AsyncScheduler::turn_of_worker(TraineeId who) {
  Trainee& trainee = trainees_.at(who);
  tell_falls(trainee);
  if (std::exchange(trainee.fell, false)) {
    account({who.index, trainee.incarnation, trainee.number, false, trainee.base, NAN}, "lost", 0);
    if (trainee.here) give(who, true);
    return;
  }
  const Update update = *std::exchange(trainee.result, {});
  intakes_[group_of(who.index)].offer(update);
  ++trainee.queued;
  if (!update.active)
    give(who, false);
  else if (may_have_another(trainee))
    give(who, true);
  else
    waiting_.insert(who.index);
  take_up(group_of(who.index));
}

void AsyncScheduler::turn_of_validator(TraineeId who) {
  Trainee& trainee = trainees_.at(who);
  tell_falls(trainee);
  if (std::exchange(trainee.fell, false)) return give(who, true);
  trainee.result.reset();
  intakes_[who.index].judge_by(trainee.number);
  if (habits_.adopts) steps_.push_back({.kind = Step::Kind::adopt, .number = trainee.number, .who = who});
  take_up(who.index);
}

void AsyncScheduler::give(TraineeId who, bool fresh, bool awaited) {
  Trainee& trainee = trainees_.at(who);
  ++trainee.number;
  trainee.result.reset();
  agenda_.begin(who, seconds(who, trainee.number), awaited);
  if (!fresh) {
    context().tell(name_of(who), Envelope::of<wire::Task>([&](wire::Task::Builder out) {
                     out.setNumber(trainee.number);
                     out.setLr(task_lr(round_));
                   }));
    return;
  }
  trainee.base = decided_;
  trainee.seen = taken_;
  steps_.push_back({.kind = Step::Kind::serve, .number = trainee.number, .who = who, .lr = task_lr(round_)});
}

void AsyncScheduler::give_waiting() {
  for (const uint32_t worker : std::exchange(waiting_, {})) {
    const TraineeId who{Role::worker, worker};
    if (may_have_another(trainees_.at(who)))
      give(who, true);
    else
      waiting_.insert(worker);
  }
}

// ---- what is taken up

void AsyncScheduler::take_up(uint32_t group) {
  while (round_ <= options_.rounds) {
    const auto update = intakes_[group].next();
    if (!update) return;
    take(group, *update);
  }
}

void AsyncScheduler::take(uint32_t group, const Update& update) {
  const uint32_t staleness = decided_ - update.base, most = habits_.async.max_staleness;
  --trainees_.at({Role::worker, update.worker}).queued;
  taken_ += update.active;
  if (!update.active) {
    account(update, "inactive", 0);
  } else if (most > 0 && staleness > most) {
    account(update, "too stale", staleness);
    tell_shards(Envelope::of<wire::Drop>([&](wire::Drop::Builder out) {
      out.initUpdate().setWorker(update.worker);
      out.getUpdate().setIncarnation(update.incarnation);
      out.getUpdate().setNumber(update.number);
    }));
  } else if (intakes_[group].keep(update) >= habits_.async.buffer) {
    close_buffer(group);
  }
  if (needs_direction() && intakes_[group].wants_a_row(members_of(group, options_.workers, options_.validators)))
    give({Role::validator, group}, true);
  count();
  give_waiting();
}

void AsyncScheduler::count() {
  if (++counted_ < options_.workers) return;
  counted_ = 0;
  ++round_;
  steps_.push_back({.kind = Step::Kind::end_round, .time = agenda_.now()});
}

void AsyncScheduler::close_buffer(uint32_t group) {
  UpdateBatch batch{.group = group,
                    .direction = habits_.needs.trusted == Trust::validator ? intakes_[group].direction() : 0,
                    .alpha = habits_.async.alpha * alpha_.share(round_),
                    .lr = task_lr(round_),
                    .updates = intakes_[group].close(),
                    .staleness = {}};
  for (const Update& update : batch.updates) batch.staleness.push_back(decided_ - update.base);
  const uint32_t number = ++decided_;
  steps_.push_back({.kind = Step::Kind::fold, .number = number});
  if (batches_.add(number, std::move(batch))) send_batch(number);
}

void AsyncScheduler::account(const Update& update, std::string state, uint32_t staleness) {
  WorkerReport worker;
  worker.worker = update.worker;
  worker.incarnation = update.incarnation;
  worker.state = std::move(state);
  if (!std::isnan(update.loss)) worker.loss = update.loss;
  if (update.active) worker.staleness = staleness;
  steps_.push_back({.kind = Step::Kind::account, .worker = std::move(worker)});
}

// ---- who falls, and who says nothing

void AsyncScheduler::note_fall(const Address& address, std::string words) {
  // That it fell is known sooner or later; which task has no result of it is always the same.
  const auto who = trainee_of(address.name);
  if (who && agenda_.busy(*who))
    trainees_.at(*who).falls.push_back(std::move(words));
  else
    note(std::move(words));
}

void AsyncScheduler::tell_falls(Trainee& trainee) {
  for (std::string& words : std::exchange(trainee.falls, {})) steps_.push_back({.kind = Step::Kind::note, .words = std::move(words)});
}

std::vector<std::string> AsyncScheduler::untold_notes() {
  std::vector<std::string> notes = take_notes();
  for (Step& step : steps_)
    if (step.kind == Step::Kind::note) notes.push_back(std::move(step.words));
  for (auto& [who, trainee] : trainees_) std::ranges::move(trainee.falls, std::back_inserter(notes));
  return notes;
}

void AsyncScheduler::fell(const Address& address, bool restarted) {
  const auto who = trainee_of(address.name);
  if (!who) return;
  trainees_.at(*who).here = false;
  if (restarted) return;
  if (who->role == Role::worker) waiting_.erase(who->index);
  lose(*who);
}

void AsyncScheduler::returned(const Address& address) {
  const auto who = trainee_of(address.name);
  if (!who) return;
  Trainee& trainee = trainees_.at(*who);
  trainee.incarnation = address.incarnation;
  trainee.here = true;
  if (who->role == Role::validator)
    if (const auto number = batches_.at_shards(who->index)) abandon(*number);
  lose(*who);
}

void AsyncScheduler::lose(TraineeId who) {
  ++news_;
  Trainee& trainee = trainees_.at(who);
  if (!agenda_.busy(who) || trainee.result) return;
  trainee.fell = true;
  agenda_.came(who);
  advance();
}

void AsyncScheduler::watch_for_a_stall() {
  context().after(options_.deadline, [this, news = news_] {
    if (finishing()) return;
    stalls_ = news == news_ && training() ? stalls_ + 1 : 0;
    if (stalls_ > 2) return fail("no worker answered in three times cluster.deadline");
    if (stalls_ > 0) on_stall();
    watch_for_a_stall();
  });
}

void AsyncScheduler::on_stall() {
  // For a whole deadline nobody has said anything: who has a task will not answer. It may have another, and is not waited for.
  for (auto& [who, trainee] : trainees_) {
    if (who.role != Role::worker || !agenda_.busy(who) || trainee.result || trainee.fell) continue;
    agenda_.drop(who);
    tell_falls(trainee);
    account({who.index, trainee.incarnation, trainee.number, false, trainee.base, NAN}, "absent", 0);
    if (trainee.here) give(who, true, false);
  }
  for (uint32_t g = 0; g < options_.validators; ++g) {
    if (intakes_[g].empty()) continue;
    close_buffer(g);
    take_up(g);
  }
  advance();
}

}  // namespace zenops
