#pragma once
#include "actors/local_worker.hpp"
#include "actors/trainee.hpp"
#include "actors/wire/collusion.capnp.h"

namespace zenops {

/// worker/N: trains on its part of the data and pushes its update; may lie, as its adversary says. In a round in which it colludes it
/// does not train: it asks the adversary's actor what to send.
class Worker final : public Trainee {
 public:
  /// `watched`: there is an adversary, which is shown what it honestly sends.
  Worker(Context& context, uint32_t index, std::shared_ptr<LocalWorker> local, const Layout& layout, uint32_t shards,
         Adversary adversary, bool watched = false);
  Behavior handlers() override;
  std::string summary() const override;

 private:
  std::function<ActorState()> saving() override;
  void restore(const ActorState& state, std::optional<AttackOptions> attack) override;
  bool shows(uint32_t round) const override;
  void train(uint32_t round, float lr, std::vector<Row> parameters) override;
  /// What it made is sent again; its cohort is not to wait for it.
  void reopened(uint32_t number) override { local_->sit_out(number); }
  void collude(uint32_t round);
  void lie(const Msg<wire::Lie>& lie);
  void change_attack(const Msg<wire::SetAttack>& change);
  uint32_t index_;
  const bool watched_;
  uint32_t round_ = 0;      // that was opened last
  uint32_t consulted_ = 0;  // the number under which it has asked and was not answered; 0: it has not
  std::shared_ptr<LocalWorker> local_;
  const std::shared_ptr<const Adversary> configured_;
  std::shared_ptr<const Adversary> adversary_;
};

}  // namespace zenops
