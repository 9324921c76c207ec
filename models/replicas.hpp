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
  Replicas(ReplicaFactory factory, int threads)
      : factory_(std::move(factory)), benches_(static_cast<size_t>(threads)) {}
  Bench& at(int thread) {
    Bench& bench = benches_[static_cast<size_t>(thread)];
    if (!bench.replica) {
      factory_.prepare_thread();
      bench.replica = factory_.make();
    }
    return bench;
  }

 private:
  ReplicaFactory factory_;
  std::vector<Bench> benches_;
};

}  // namespace zenops
