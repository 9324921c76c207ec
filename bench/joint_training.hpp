#pragma once
#include <cstdint>
#include <string>

#include "bench/turns.hpp"
#include "models/device.hpp"
#include "models/options.hpp"
#include "models/replica.hpp"

namespace zenops::bench {

struct JointOptions {
  ModelOptions model = {};
  InputShape input = {};
  size_t workers = 15;
  uint32_t batch = 32;  // samples of each
  Device device = {};
  double seconds = 3;  // for all turns of one way
};

/// The gradients of all workers' batches, found in several ways, turn by turn: seconds, medians, of the thread on cores and by the wall
/// clock on a GPU. Weights go there and gradients come back in each.
struct JointResult {
  std::string model;
  size_t workers;
  uint32_t batch;
  double joint;       // all in one pass, apart from each other, at the same weights
  double at_own;      // the same with each at weights of its own
  double one_batch;   // the gradient of one batch of as many samples
  double one_by_one;  // a replica alone, batch after batch
  double launched;    // the same on a GPU where nothing is recorded; on cores the same again
  // What is divided was measured in turn.
  Quartiles joint_in_batches;     // joint ÷ one_batch
  Quartiles one_by_one_in_joint;  // one_by_one ÷ joint
  Quartiles launched_in_joint;    // launched ÷ joint
  Quartiles one_by_one_in_at_own;  // one_by_one ÷ at_own
  Quartiles launched_in_at_own;    // launched ÷ at_own
};

/// Requires a model that joins. Throws as ReplicaFactory does; std::runtime_error of one line where the device fails.
JointResult bench_joint(const JointOptions& options);

}  // namespace zenops::bench
