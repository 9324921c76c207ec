#include "actors/async_trainee.hpp"

namespace zenops {

AsyncTrainee::AsyncTrainee(Context& context, Layout layout, uint32_t shards, CompressionOptions compression)
    : Actor(context), layout_(std::move(layout)), compression_(compression), gathering_(shards) {
  for (uint32_t s = 0; s < shards; ++s) ranges_.push_back(layout_.shard(s, shards));
}

std::string AsyncTrainee::summary() const {
  std::string out = training_ ? "trains" : task_ ? "waits for the parameters of task " + std::to_string(task_->number) : "waits for a task";
  if (gathered_ > 0) out += "\nlast parameters: of task " + std::to_string(gathered_);
  return out;
}

void AsyncTrainee::task(const Msg<wire::Task>& task) {
  task_ = Assignment{task->getNumber(), task->getLr(), task->getFresh()};
  asked_at_ = context().clock().now();
  begin_when_possible();
}

void AsyncTrainee::parameters(const Msg<wire::Parameters>& parameters) {
  const uint32_t shard = parameters->getShard(), number = parameters->getVersion();
  if (shard >= ranges_.size() || number < gathered_) return;
  if (number > gathered_) {
    gathered_ = number;
    parameters_.reset();
    gathering_.begin(number);
  }
  auto part = door::admit(parameters, ranges_[shard]);
  if (!part || !gathering_.offer(number, shard, std::move(*part))) return;
  parameters_ = gathering_.take();
  begin_when_possible();
}

void AsyncTrainee::begin_when_possible() {
  if (!task_ || training_) return;
  if (task_->fresh && (!parameters_ || task_->number != gathered_)) return;
  wait_seconds_ = std::chrono::duration<double>(context().clock().now() - asked_at_).count();
  training_ = true;
  const Assignment task = *std::exchange(task_, {});
  train(task, task.fresh ? *std::exchange(parameters_, {}) : std::vector<Row>{});
}

void AsyncTrainee::later(double seconds, std::function<void()> then) {
  if (seconds <= 0) return then();
  context().after(std::chrono::duration_cast<Clock::Duration>(std::chrono::duration<double>(seconds)), std::move(then));
}

void AsyncTrainee::pushed(uint32_t number, const Row& update, const std::vector<bool>& sent, float loss, double seconds) {
  for (uint32_t s = 0; s < ranges_.size(); ++s)
    context().tell(nth("shard", s), push_to(ranges_[s], number, layout_, update, sent, compression_));
  account(number, true, loss, seconds);
}

void AsyncTrainee::rested(uint32_t number, float loss, double seconds) { account(number, false, loss, seconds); }

void AsyncTrainee::account(uint32_t number, bool active, float loss, double seconds) {
  context().tell("scheduler", Envelope::of<wire::Worked>([&](wire::Worked::Builder worked) {
                   worked.setRound(number);
                   worked.setLoss(loss);
                   worked.setComputeSeconds(seconds);
                   worked.setPullSeconds(wait_seconds_);
                   worked.setActive(active);
                 }));
  training_ = false;
  begin_when_possible();
}

}  // namespace zenops
