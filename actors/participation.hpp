#pragma once
#include "actors/options.hpp"
#include "base/layout.hpp"
#include "base/philox.hpp"

namespace zenops {

/// Who takes part in a round, and with which blocks (zeno-ps: worker_subsample_rate, sparse_rate), as a pure function of
/// (seed, worker, round, block). A block that is not judged is never sent.
class Participation {
 public:
  Participation(const TrainOptions& train, const Layout& layout, uint64_t seed) : train_(train), seed_(seed) {
    for (const Block& block : layout.blocks()) judged_.push_back(block.exchange == Exchange::judged);
  }
  bool active(uint32_t worker, uint32_t round) const {
    return Stream({seed_, Role::worker, worker, Purpose::subsample, round}).uniform() < static_cast<float>(train_.subsample);
  }
  bool sends(uint32_t worker, uint32_t round, uint32_t block) const {
    return judged_[block] &&
           Stream({seed_, Role::worker, worker, Purpose::sparsity, round, static_cast<uint16_t>(block)}).uniform() >=
               static_cast<float>(train_.sparsity);
  }

 private:
  TrainOptions train_;
  uint64_t seed_;
  std::vector<bool> judged_;  // by block
};

}  // namespace zenops
