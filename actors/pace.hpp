#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace zenops {

/// How rounds and epochs go together: an epoch is a pass of a worker over its part of the data, `batches` local steps, of
/// which a round takes `local_steps`.
class Pace {
 public:
  Pace(uint64_t batches, uint32_t local_steps) : batches_(batches), local_steps_(local_steps) {}
  /// The whole rounds that fit into so many epochs; one at least.
  uint32_t rounds(double epochs) const {
    const double steps = std::floor(epochs * static_cast<double>(batches_) + 1e-9);
    return static_cast<uint32_t>(std::clamp(std::floor(steps / local_steps_), 1.0, double{UINT32_MAX}));
  }
  /// The epochs that are complete after that round.
  uint32_t epochs(uint32_t round) const { return static_cast<uint32_t>(uint64_t{round} * local_steps_ / batches_); }
  bool ends_epoch(uint32_t round) const { return epochs(round) > epochs(round - 1); }
  /// The first round that begins when so many epochs are complete.
  uint32_t round_after(uint32_t epochs) const {
    return static_cast<uint32_t>(
        std::min<uint64_t>((epochs * batches_ + local_steps_ - 1) / local_steps_ + 1, UINT32_MAX));
  }
  /// `rounds`, and the first ones after those epochs; in their order.
  std::vector<uint32_t> moments(std::vector<uint32_t> rounds, const std::vector<uint32_t>& epochs) const {
    for (const uint32_t epoch : epochs) rounds.push_back(round_after(epoch));
    std::ranges::sort(rounds);
    return rounds;
  }

 private:
  uint64_t batches_;
  uint32_t local_steps_;
};

}  // namespace zenops
