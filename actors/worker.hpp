#pragma once
#include "actors/local_worker.hpp"
#include "actors/trainee.hpp"

namespace zenops {

/// worker/N: trains on its part of the data and pushes its update; may lie, as its adversary says.
class Worker final : public Trainee {
 public:
  Worker(Context& context, uint32_t index, std::shared_ptr<LocalWorker> local, const Layout& layout, uint32_t shards,
         Adversary adversary);
  Behavior handlers() override;
  std::string summary() const override;

 private:
  std::function<ActorState()> saving() override;
  void restore(const ActorState& state, std::optional<AttackOptions> attack) override;
  void train(uint32_t round, float lr, std::vector<Row> parameters) override;
  void change_attack(const Msg<wire::SetAttack>& change);
  uint32_t index_;
  std::shared_ptr<LocalWorker> local_;
  const std::shared_ptr<const Adversary> configured_;
  std::shared_ptr<const Adversary> adversary_;
};

}  // namespace zenops
