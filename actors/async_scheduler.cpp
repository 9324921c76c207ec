#include "actors/async_scheduler.hpp"

#include <algorithm>
#include <cmath>

#include "actors/round.hpp"
#include "actors/wire/compose.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

std::string name_of(TraineeId who) { return nth(who.role == Role::worker ? "worker" : "validator", who.index); }

std::optional<TraineeId> trainee_of(std::string_view name) {
  if (name.starts_with("worker/")) return TraineeId{Role::worker, index_of(name)};
  if (name.starts_with("validator/")) return TraineeId{Role::validator, index_of(name)};
  return {};
}

}  // namespace

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
      groups_(options_.validators) {
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
      groups_[who.index].ready = true;
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

double AsyncScheduler::damping(uint32_t staleness) const {
  const DampingOptions& d = habits_.async.damping;
  switch (d.kind) {
    case DampingOptions::Kind::none:
      return 1;
    case DampingOptions::Kind::hinge:
      return staleness <= d.b ? 1 : 1 / (d.a * (staleness - d.b) + 1);
    case DampingOptions::Kind::poly:
      return std::pow(staleness + 1.0, -d.a);
  }
  return 1;
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
  if (std::exchange(trainee.fell, false)) {
    account({who.index, trainee.incarnation, trainee.number, false, trainee.base, NAN}, "lost", 0);
    if (trainee.here) give(who, true);
    return;
  }
  const Update update = *std::exchange(trainee.result, {});
  groups_[group_of(who.index)].queue.push_back(update);
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
  if (std::exchange(trainee.fell, false)) return give(who, true);
  trainee.result.reset();
  Group& group = groups_[who.index];
  group.ready = true;
  group.direction = trainee.number;
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
  Group& g = groups_[group];
  while (g.ready && !g.queue.empty() && round_ <= options_.rounds) {
    const Update update = g.queue.front();
    g.queue.pop_front();
    const bool there = std::ranges::find(g.buffer, update.worker, &Update::worker) != g.buffer.end();
    if (update.active && there)
      g.again.push_back(update);
    else
      take(group, update);
  }
}

void AsyncScheduler::take(uint32_t group, const Update& update) {
  Group& g = groups_[group];
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
  } else {
    g.buffer.push_back(update);
    if (g.buffer.size() >= habits_.async.buffer) close_buffer(group);
  }
  if (++g.taken >= members_of(group, options_.workers, options_.validators) && needs_direction()) {
    g.taken = 0;
    g.ready = false;
    give({Role::validator, group}, true);
  }
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
  Group& g = groups_[group];
  Batch batch{.group = group,
              .direction = habits_.needs.trusted == Trust::validator ? g.direction : 0,
              .alpha = habits_.async.alpha * alpha_.share(round_),
              .lr = task_lr(round_),
              .updates = std::exchange(g.buffer, {}),
              .staleness = {}};
  for (const Update& update : batch.updates) batch.staleness.push_back(decided_ - update.base);
  const uint32_t number = ++decided_;
  batches_[number] = std::move(batch);
  steps_.push_back({.kind = Step::Kind::fold, .number = number});
  g.batches.push_back(number);
  if (g.batches.size() == 1) send_batch(group);
  g.queue.insert(g.queue.begin(), g.again.begin(), g.again.end());
  g.again.clear();
}

void AsyncScheduler::send_batch(uint32_t group) {
  if (groups_[group].batches.empty()) return;
  const uint32_t number = groups_[group].batches.front();
  const Batch& batch = batches_.at(number);
  tell_shards(Envelope::of<wire::Batch>([&](wire::Batch::Builder out) {
    out.setNumber(number);
    out.setGroup(group);
    out.setDirection(batch.direction);
    auto updates = out.initUpdates(static_cast<uint32_t>(batch.updates.size()));
    for (uint32_t k = 0; k < batch.updates.size(); ++k) {
      updates[k].setWorker(batch.updates[k].worker);
      updates[k].setIncarnation(batch.updates[k].incarnation);
      updates[k].setNumber(batch.updates[k].number);
    }
  }));
  // The shards close it at the deadline; a validator that fell in between leaves it without a plan.
  context().after(2 * options_.deadline, [this, number] { abandon(number); });
}

void AsyncScheduler::send_next_batch(uint32_t group) {
  groups_[group].batches.pop_front();
  send_batch(group);
}

void AsyncScheduler::abandon(uint32_t number) {
  const auto batch = batches_.find(number);
  if (batch == batches_.end() || batch->second.plan || batch->second.abandoned) return;
  batch->second.abandoned = true;
  if (!habits_.needs.remembers()) send_next_batch(batch->second.group);
  go_through_steps();
}

void AsyncScheduler::plan(const Msg<wire::Plan>& plan) {
  const auto batch = batches_.find(plan->getRound());
  if (batch == batches_.end() || batch->second.group != index_of(context().sender().name)) return;
  if (batch->second.plan || batch->second.abandoned) return;
  ++news_;
  batch->second.plan = plan.envelope();
  if (!habits_.needs.remembers()) send_next_batch(batch->second.group);
  go_through_steps();
}

// ---- steps

void AsyncScheduler::account(const Update& update, std::string state, uint32_t staleness) {
  WorkerReport worker;
  worker.worker = update.worker;
  worker.incarnation = update.incarnation;
  worker.state = std::move(state);
  if (!std::isnan(update.loss)) worker.loss = update.loss;
  if (update.active) worker.staleness = staleness;
  steps_.push_back({.kind = Step::Kind::account, .worker = std::move(worker)});
}

void AsyncScheduler::go_through_steps() {
  while (training() && !steps_.empty()) {
    const Step& step = steps_.front();
    switch (step.kind) {
      case Step::Kind::fold:
        if (!fold(step.number)) return;
        break;
      case Step::Kind::serve:
        serve(step);
        break;
      case Step::Kind::adopt:
        adopt(step.who.index);
        break;
      case Step::Kind::account:
        report_.workers.push_back(step.worker);
        if (step.worker.loss) losses_.push_back(*step.worker.loss);
        break;
      case Step::Kind::end_round: {
        if (uncommitted_ > 0) return;
        const double time = step.time;
        steps_.pop_front();
        return close_report(time);  // and on from there
      }
    }
    steps_.pop_front();
  }
}

bool AsyncScheduler::fold(uint32_t number) {
  Batch& batch = batches_.at(number);
  if (!batch.plan && !batch.abandoned) return false;
  const Envelope none = Envelope::of<wire::Plan>();
  const Msg<wire::Plan> plan(batch.plan ? *batch.plan : none);
  const std::string note = plan->getNote().cStr();
  if (plan->getStop()) {
    fail("update " + std::to_string(number) + ": " + note);
    return false;
  }
  const auto index = [&batch](uint32_t worker) {
    return static_cast<size_t>(std::ranges::find(batch.updates, worker, &Update::worker) - batch.updates.begin());
  };
  const size_t before = report_.workers.size();
  score_.score(*plan, [&](uint32_t worker) { return batch.updates[index(worker)].number; }, report_);
  for (size_t k = before; k < report_.workers.size(); ++k) {
    WorkerReport& worker = report_.workers[k];
    worker.loss = batch.updates[index(worker.worker)].loss;
    worker.staleness = batch.staleness[index(worker.worker)];
    losses_.push_back(*worker.loss);
  }
  report_.alpha = batch.alpha;
  if (batch.abandoned) report_.notes.push_back("group " + std::to_string(batch.group) + ": no plan came from its validator: no update");
  if (!note.empty() && note != kNoRows) report_.notes.push_back("group " + std::to_string(batch.group) + ": " + note);

  tell_shards(Envelope::of<wire::Fold>([&](wire::Fold::Builder out) {
    out.setBatch(number);
    out.setPlan(*plan);
    out.setShare(static_cast<float>(batch.alpha));
    out.setLr(batch.lr);
    const auto workers = plan->getWorkers();
    auto list = out.initDamping(workers.size());
    for (uint32_t k = 0; k < workers.size(); ++k)
      list.set(k, static_cast<float>(damping(batch.staleness[index(workers[k])])));
  }));
  uncommitted_ += options_.shards;
  ++folded_;
  // A rule that believes what the batch before became has it measured after that.
  if (habits_.needs.remembers()) send_next_batch(batch.group);
  batches_.erase(number);
  return true;
}

void AsyncScheduler::serve(const Step& step) {
  const std::string to = name_of(step.who);
  tell_shards(Envelope::of<wire::Serve>([&](wire::Serve::Builder out) {
    out.setTo(to);
    out.setNumber(step.number);
  }));
  context().tell(to, Envelope::of<wire::Task>([&](wire::Task::Builder out) {
                   out.setNumber(step.number);
                   out.setLr(step.lr);
                   out.setFresh(true);
                 }));
}

void AsyncScheduler::adopt(uint32_t group) {
  tell_shards(Envelope::of<wire::Adopt>([&](wire::Adopt::Builder out) {
    out.setGroup(group);
    out.setDirection(steps_.front().number);
    out.setShare(1 / static_cast<float>(options_.validators));
  }));
  uncommitted_ += options_.shards;
}

void AsyncScheduler::committed() {
  ++news_;
  --uncommitted_;
  go_through_steps();
}

void AsyncScheduler::close_report(double time) {
  report_.wall_seconds = seconds_since(opened_at_);
  if (habits_.async.simulated) report_.simulated_seconds = time;
  if (!losses_.empty()) {
    double sum = 0;
    for (const double loss : losses_) sum += loss;
    report_.loss = sum / static_cast<double>(losses_.size());
  }
  for (const auto& note : take_notes()) report_.notes.push_back(note);
  losses_.clear();
  RoundReport next = open_async_report(report_.round + 1);
  end_round(std::exchange(report_, std::move(next)), folded_);
}

// ---- who falls, and who says nothing

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
  if (who->role == Role::validator && !groups_[who->index].batches.empty()) abandon(groups_[who->index].batches.front());
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
    account({who.index, trainee.incarnation, trainee.number, false, trainee.base, NAN}, "absent", 0);
    if (trainee.here) give(who, true, false);
  }
  for (uint32_t g = 0; g < options_.validators; ++g) {
    if (groups_[g].buffer.empty()) continue;
    close_buffer(g);
    take_up(g);
  }
  advance();
}

}  // namespace zenops
