#pragma once
#include "attacks/adversary.hpp"
#include "actors/participation.hpp"
#include "actors/training.hpp"
#include "actors/wire/training.capnp.h"

namespace zenops {

/// What became of every message of a round, told from the plans and from what the simulated liars did.
class Scorekeeper {
 public:
  Scorekeeper(Adversary adversary, Participation participation)
      : adversary_(std::move(adversary)), participation_(participation) {}
  void set(uint32_t worker, AttackOptions attack) { adversary_.set(worker, std::move(attack)); }
  const Adversary& adversary() const { return adversary_; }
  /// Adds one group's workers and messages to the report. `number_of`: in which of its rounds (or tasks) a worker made its row.
  void score(wire::Plan::Reader plan, const std::function<uint32_t(uint32_t worker)>& number_of, RoundReport& report) const;

 private:
  Adversary adversary_;
  Participation participation_;
};

}  // namespace zenops
