#pragma once
#include <memory>
#include <vector>

#include "models/replica.hpp"

namespace zenops {

/// What the pool's threads compute with: a replica and a batch each, made when a thread first needs them. at(t) is
/// called on thread t only.
class Replicas {
 public:
  struct Bench {
    std::unique_ptr<Replica> replica;
    Batch batch;
    std::vector<uint32_t> indices;
  };
  /// The threads are shared out among these devices.
  Replicas(ReplicaFactory factory, int threads, std::vector<Device> devices = {Device{}})
      : factory_(std::move(factory)), devices_(std::move(devices)), benches_(static_cast<size_t>(threads)) {}
  Bench& at(int thread) {
    Bench& bench = benches_[static_cast<size_t>(thread)];
    if (!bench.replica) {
      factory_.prepare_thread();
      bench.replica = factory_.make(devices_[static_cast<size_t>(thread) % devices_.size()]);
    }
    return bench;
  }

 private:
  ReplicaFactory factory_;
  std::vector<Device> devices_;  // at least one
  std::vector<Bench> benches_;
};

}  // namespace zenops
