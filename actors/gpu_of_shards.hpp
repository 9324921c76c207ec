#pragma once
#include <cstdint>

#include "actors/options.hpp"
#include "aggregation/geometry.hpp"
#include "base/layout.hpp"

namespace zenops {

/// Bytes that a shard fills of its card: the rows of a round of each group, or of a batch of each, and those that are trusted, of the segments
/// whose rows go there; and what stays of those from round to round. What kernels take besides (sums, tiles of mixed rows, what a step makes)
/// is not among it.
uint64_t gpu_memory_of_shard(const TrainingOptions& options, const Layout& layout, const Needs& needs, uint32_t shard);

/// GiB that a process in which shards live needs of its card: of the shard that fills most or, where all are in one, of all of them. 0 where
/// they use none.
double gpu_memory_of_shards(const TrainingOptions& options, const Layout& layout, const Needs& needs);

}  // namespace zenops
