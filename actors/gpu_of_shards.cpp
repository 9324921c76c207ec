#include "actors/gpu_of_shards.hpp"

#include <algorithm>

#include "aggregation/offloading.hpp"
#include "aggregation/server_optimizer.hpp"

namespace zenops {

uint64_t gpu_memory_of_shard(const TrainingOptions& options, const Layout& layout, const Needs& needs, uint32_t shard) {
  const ClusterOptions& cluster = options.cluster;
  const bool async = options.train.mode == Mode::async;
  const uint64_t validators = std::max<uint32_t>(cluster.validators, 1);
  const uint64_t largest_group = async ? options.async.buffer : (cluster.workers + validators - 1) / validators;
  const uint64_t believed = needs.trusted != Trust::nobody;
  const uint64_t rows = (async ? largest_group * validators : cluster.workers) + believed * validators;
  // The newest weights, and two versions of each moment: where one group's rows are all that the server steps by.
  const bool steps_there = (async || validators == 1) && options.rule.across == Across::average && needs.trusted != Trust::previous;
  const uint64_t stay = steps_there ? 1 + 2 * ServerOptimizer(options.train.server).moments() : 0;
  const ShardRange range = layout.shard(shard, cluster.shards);
  uint64_t out = 0;
  for (uint32_t s = range.first; s < range.last; ++s) {
    const Segment& segment = layout.segments()[s];
    const Block& block = layout.blocks()[segment.block];
    const uint64_t bytes = segment.size * sizeof(float);
    if (block.exchange != Exchange::judged || (largest_group + believed) * bytes < kWorthCopying) continue;
    out += (rows + (block.buffer ? 0 : stay)) * bytes;
  }
  return out;
}

double gpu_memory_of_shards(const TrainingOptions& options, const Layout& layout, const Needs& needs) {
  if (options.placement.shards.gpus <= 0) return 0;
  uint64_t sum = 0, most = 0;
  for (uint32_t s = 0; s < options.cluster.shards; ++s) {
    const uint64_t one = gpu_memory_of_shard(options, layout, needs, s);
    sum += one;
    most = std::max(most, one);
  }
  return static_cast<double>(options.cluster.isolation == Isolation::process ? most : sum) * 0x1p-30;
}

}  // namespace zenops
