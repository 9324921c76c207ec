#pragma once
#include "base/pool.hpp"
#include "models/replica.hpp"

namespace zenops {

/// The parts in which samples are evaluated: of a fixed size, and their scores are added in their order, so that the
/// sums have the same bits on any number of threads.
size_t evaluation_parts(const Samples& samples);

/// Of one part, at the replica's weights; `scratch` and `indices` lend their memory.
Scores evaluate_part(Replica& replica, const Samples& samples, size_t part, Batch& scratch,
                     std::vector<uint32_t>& indices);

/// Of all samples, at the factory's initial weights, on all threads of the pool. Throws what making a replica throws.
Scores evaluate(const ReplicaFactory& factory, const Samples& samples, Pool& pool);

}  // namespace zenops
