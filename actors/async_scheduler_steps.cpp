// What an asynchronous scheduler has decided, from the judging of a batch to the end of a round, done in its order.
#include <cmath>

#include "actors/async_scheduler.hpp"
#include "actors/wire/compose.hpp"
#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

/// What an update so many versions old still counts.
double damping(const DampingOptions& d, uint32_t staleness) {
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

}  // namespace

void AsyncScheduler::send_batch(uint32_t number) {
  const UpdateBatch& batch = batches_.at(number);
  tell_shards(Envelope::of<wire::Batch>([&](wire::Batch::Builder out) {
    out.setNumber(number);
    out.setGroup(batch.group);
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
  batches_.pass(group);
  if (const auto number = batches_.at_shards(group)) send_batch(*number);
}

void AsyncScheduler::abandon(uint32_t number) {
  if (!batches_.abandon(number)) return;
  if (!habits_.needs.remembers()) send_next_batch(batches_.at(number).group);
  go_through_steps();
}

void AsyncScheduler::plan(const Msg<wire::Plan>& plan) {
  const uint32_t group = index_of(context().sender().name);
  if (!batches_.plan(plan->getRound(), group, plan.envelope())) return;
  ++news_;
  if (!habits_.needs.remembers()) send_next_batch(group);
  go_through_steps();
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
      case Step::Kind::note:
        report_.notes.push_back(step.words);
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
  const UpdateBatch& batch = batches_.at(number);
  if (!batch.decided()) return false;
  const Envelope none = Envelope::of<wire::Plan>();
  const Msg<wire::Plan> plan(batch.plan ? *batch.plan : none);
  const std::string note = plan->getNote().cStr();
  if (plan->getStop()) {
    fail("update " + std::to_string(number) + ": " + note);
    return false;
  }
  const size_t before = report_.workers.size();
  score_.score(*plan, [&](uint32_t worker) { return batch.updates[batch.place_of(worker)].number; }, report_);
  for (size_t k = before; k < report_.workers.size(); ++k) {
    WorkerReport& worker = report_.workers[k];
    worker.loss = batch.updates[batch.place_of(worker.worker)].loss;
    worker.staleness = batch.staleness[batch.place_of(worker.worker)];
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
      list.set(k, static_cast<float>(damping(habits_.async.damping, batch.staleness[batch.place_of(workers[k])])));
  }));
  uncommitted_ += options_.shards;
  ++folded_;
  // A rule that believes what the batch before became has it measured after that.
  if (habits_.needs.remembers()) send_next_batch(batch.group);
  batches_.folded(number);
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

}  // namespace zenops
