#pragma once
#include <deque>
#include <memory>

#include "actors/actor_state.hpp"
#include "attacks/adversary.hpp"
#include "actors/learner.hpp"
#include "actors/participation.hpp"

namespace zenops {

/// A worker's round or task, without its messages (zeno-ps: A.6, A.7): local steps; what of the update is sent; what is kept for the
/// next; and the lie, if it lies. With an error *reset* what was not sent, a block or what its compression lost, stays in the local
/// model for one round and is never sent, but for gradients, which are no change of a model: those are forgotten; with error
/// *feedback* it is added to what is made next. In asynchronous training a
/// worker that sends nothing goes on from where it stands, and what it sends next is all that has become since its parameters
/// came.
class LocalWorker : public std::enable_shared_from_this<LocalWorker> {
 public:
  struct Outcome {
    bool active = false;      // false: nothing is sent this round
    Row update;               // (d), compressed; only the sent blocks count
    std::vector<bool> sent;   // by block
    float loss = 0;
    double seconds = 0;
  };
  LocalWorker(uint32_t index, const TrainingGround& ground, const TrainOptions& train, uint32_t batch, uint64_t seed);
  /// In synchronous training, before work(): says that it will begin that round at these parameters, so that the worker's cohort waits
  /// for it; or that it will not. `opening` grows each time that a round is opened.
  void announce(uint32_t opening, uint32_t round, float lr, std::span<const Row> parameters, std::shared_ptr<const Adversary> adversary);
  void sit_out(uint32_t opening);
  /// Without parameters, on from where the last task ended. Throws when the adversary makes it crash.
  /// With the number under which it announced that it would.
  Outcome work(int thread, uint32_t round, float lr, std::span<const Row> parameters, const Adversary& adversary, uint32_t opening = 0);
  /// What it sends in a round in which it colludes: the lie (d), as far as its round takes it, compressed. It has trained nothing, and what
  /// it keeps stays as it was; may be called while it works.
  Outcome repeat(uint32_t round, const Row& lie) const;
  /// Whether it takes part in that round.
  bool active(uint32_t round) const { return participation_.active(index_, round); }
  const CompressionOptions& compression() const { return compression_; }
  /// Of synchronous training: what it will go on with; and that it has done what led there.
  ActorState save() const;
  void restore(const ActorState& state);

 private:
  /// What it says it made: that, or a copy of what it made before.
  Row claim(uint32_t round, const Adversary& adversary, const Row& made);
  uint32_t index_;
  Layout layout_;
  CompressionOptions compression_;
  Participation participation_;
  Learner learner_;
  std::shared_ptr<Rows> rows_;
  const std::shared_ptr<Cohorts> cohorts_;
  Cohort* const cohort_;  // null: it computes alone
  std::vector<float> unsent_;    // (d), of judged blocks, the residual or error; empty as long as everything is always sent
  const bool goes_on_;           // when it has sent nothing
  const bool moves_;             // what it makes is a change of its model: it can stay there
  const bool feeds_back_;        // what it has not sent
  std::vector<Row> parameters_;  // that came last, where it may have to go on from them
  Row progress_;                 // (d): how far it has come from them without sending it; empty: not at all
  std::deque<Row> history_;      // its last updates, the newest in front, as far as its lie needs them
};

}  // namespace zenops
