#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/device.hpp"

namespace zenops::bench {

/// What torch took for what a rule of ours does.
struct TorchPeerResult {
  std::string peer;                // "torch.sort"
  std::vector<std::string> rules;  // of ours that do no less: "median" first
  size_t rows, dimension;
  double seconds;  // median
};

struct TorchPeerObserver {
  std::function<void(const TorchPeerResult&)> measured;
  std::function<void(const std::string& sentence)> left_out;  // and why
};

/// torch.sort, torch.median and torch.cdist over rows of d floats: on cores by one thread, whose own time counts; on a
/// GPU, which has been loaded, by the wall clock, as many one after the other as take a few milliseconds. Each so many
/// times, and fewer where it takes long. Where there is no torch that is left out.
void bench_torch_peers(std::span<const float* const> rows, size_t d, int repetitions, const Device& device,
                       const TorchPeerObserver& observer);

}  // namespace zenops::bench
