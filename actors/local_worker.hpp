#pragma once
#include "actors/attack.hpp"
#include "actors/learner.hpp"
#include "actors/participation.hpp"

namespace zenops {

/// A worker's round, without its messages (zeno-ps: A.7): local steps; what of the update is sent; what is kept for the next
/// round (the residual: an error *reset*, never sent later); and the lie, if it lies.
class LocalWorker {
 public:
  struct Outcome {
    bool active = false;      // false: nothing is sent this round
    Row update;               // (d); only the sent blocks count
    std::vector<bool> sent;   // by block
    float loss = 0;
    double seconds = 0;
  };
  LocalWorker(uint32_t index, const TrainingGround& ground, const TrainOptions& train, uint32_t batch, uint64_t seed);
  /// Throws when the adversary makes it crash.
  Outcome work(int thread, uint32_t round, float lr, std::span<const Row> parameters, const Adversary& adversary);

 private:
  uint32_t index_;
  Layout layout_;
  Participation participation_;
  Learner learner_;
  std::vector<float> residual_;  // (d); empty as long as everything is always sent
};

}  // namespace zenops
