#pragma once
#include <functional>
#include <string>
#include <vector>

#include "aggregation/cuda/device.hpp"
#include "bench/joint_training.hpp"
#include "bench/torch_peers.hpp"
#include "bench/turns.hpp"

namespace zenops::bench {

struct GpuOptions {
  cuda::DeviceOptions device = {};
  std::vector<size_t> rows = {10, 15, 50, 64, 100}, dimensions = {860'000, 11'200'000, 100'000'000};
  int repetitions = 9;  // of each measurement, turn by turn with the copy that it is held against
  bool torch = true;    // what torch does with the same rows, and training
  double seconds = 3;   // for each way to train
};

/// What the card took for one way to combine or compare rows.
struct GpuResult {
  std::string what;  // "median", "distances", "distances pair by pair"
  size_t rows, dimension;
  double seconds;       // median
  double bytes;         // the rows read once, and what is written
  Quartiles share;      // of the speed of a copy within the card
  double copy_varies;   // interquartile range of the copy's time over its median
  double copy_seconds;  // that moving as many bytes would take by a copy
};

/// What torch took on the card for what a rule of ours does there, once for each such rule.
struct GpuPeer {
  std::string what;  // "median by torch.sort"
  size_t rows, dimension;
  double seconds, ours;
  double times_ours() const { return seconds / ours; }
};

/// What is told while it goes on.
struct GpuObserver {
  std::function<void(const GpuResult&)> measured;
  std::function<void(const GpuPeer&)> peer;
  std::function<void(const JointResult&)> trained;
  std::function<void(const std::string& sentence)> left_out;  // and why
};

/// Aggregation of all rows of all dimensions, each dimension followed by what torch takes for the same; at last the
/// gradients of fifteen workers. Throws cuda::Error, also where there is no card; where torch has none, that is left
/// out.
void bench_gpu(const GpuOptions& options, const GpuObserver& observer);

}  // namespace zenops::bench
