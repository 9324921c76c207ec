#pragma once
#include "actors/async_trainee.hpp"
#include "actors/delays.hpp"
#include "actors/local_worker.hpp"

namespace zenops {

/// worker/N of asynchronous training: trains on its part of the data and pushes its update when it is ready; may lie, as its
/// adversary says.
class AsyncWorker final : public AsyncTrainee {
 public:
  /// `delays`: what it waits before it pushes; null: nothing, time is simulated.
  AsyncWorker(Context& context, uint32_t index, std::shared_ptr<LocalWorker> local, const Layout& layout, uint32_t shards,
              Adversary adversary, std::shared_ptr<const Delays> delays);
  Behavior handlers() override;
  std::string summary() const override;

 private:
  void train(Assignment task, std::vector<Row> parameters) override;
  void tell(uint32_t number, const LocalWorker::Outcome& outcome);
  void change_attack(const Msg<wire::SetAttack>& change);
  uint32_t index_;
  std::shared_ptr<LocalWorker> local_;
  std::shared_ptr<const Adversary> adversary_;
  std::shared_ptr<const Delays> delays_;
};

}  // namespace zenops
