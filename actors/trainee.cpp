#include "actors/trainee.hpp"

namespace zenops {

Trainee::Trainee(Context& context, Layout layout, uint32_t shards, CompressionOptions compression)
    : Actor(context), layout_(std::move(layout)), compression_(compression), gathering_(shards) {
  for (uint32_t s = 0; s < shards; ++s) ranges_.push_back(layout_.shard(s, shards));
}

void Trainee::open(const Msg<wire::Open>& open) {
  waiting_ = {open->getRound(), open->getLr()};
  if (!training_) pull(std::exchange(waiting_, {}));
}

void Trainee::pull(Opened opened) {
  current_ = opened;
  opened_at_ = context().clock().now();
  gathering_.begin(opened.round - 1);
  for (uint32_t s = 0; s < shards(); ++s)
    context().tell(nth("shard", s), Envelope::of<wire::Pull>([&](wire::Pull::Builder pull) { pull.setVersion(opened.round - 1); }));
}

void Trainee::parameters(const Msg<wire::Parameters>& parameters) {
  const uint32_t shard = parameters->getShard();
  if (training_ || shard >= shards()) return;
  auto part = door::admit(parameters, ranges_[shard]);
  if (!part || !gathering_.offer(parameters->getVersion(), shard, std::move(*part))) return;
  training_ = true;
  pull_seconds_ = std::chrono::duration<double>(context().clock().now() - opened_at_).count();
  train(current_.round, current_.lr, gathering_.take());
}

void Trainee::trained(uint32_t round, const Row& update, const std::vector<bool>& sent, float loss, double seconds) {
  for (uint32_t s = 0; s < shards(); ++s)
    context().tell(nth("shard", s), push_to(ranges_[s], round, layout_, update, sent, compression_));
  account(round, loss, seconds);
}

void Trainee::trained(uint32_t round, float loss, double seconds) {
  for (uint32_t s = 0; s < shards(); ++s)
    context().tell(nth("shard", s), Envelope::of<wire::Skip>([&](wire::Skip::Builder skip) { skip.setRound(round); }));
  account(round, loss, seconds);
}

void Trainee::account(uint32_t round, float loss, double seconds) {
  context().tell("scheduler", Envelope::of<wire::Worked>([&](wire::Worked::Builder worked) {
                   worked.setRound(round);
                   worked.setLoss(loss);
                   worked.setComputeSeconds(seconds);
                   worked.setPullSeconds(pull_seconds_);
                 }));
  rested();
}

void Trainee::rested() {
  training_ = false;
  if (waiting_.round > 0) pull(std::exchange(waiting_, {}));
}

}  // namespace zenops
