#pragma once
#include <functional>

#include "base/pool.hpp"
#include "models/replica.hpp"

namespace zenops {

/// The parts in which samples are evaluated: of a fixed size, and their scores are added in their order, so that the
/// sums have the same bits on any number of threads.
size_t evaluation_parts(const Samples& samples);

/// Of one part, at the replica's weights; `scratch` and `indices` lend their memory.
Scores evaluate_part(Replica& replica, const Samples& samples, size_t part, Batch& scratch,
                     std::vector<uint32_t>& indices);

/// What somebody who has hidden a backdoor in a model wants of it.
struct Trigger {
  int64_t target = 0;                        // the label that samples shall get
  std::function<void(Batch&)> put = nullptr;  // puts the trigger on all of them, and the target in place of their labels
};

/// Of the samples of one part that have another label than the target, with the trigger on them: their accuracy is the share that
/// is answered with the target. Requires samples with one label each.
Scores evaluate_trigger(Replica& replica, const Samples& samples, const Trigger& trigger, size_t part, Batch& scratch,
                        std::vector<uint32_t>& indices);

/// Of all samples, at the factory's initial weights, on all threads of the pool. Throws what making a replica throws.
Scores evaluate(const ReplicaFactory& factory, const Samples& samples, Pool& pool);
/// The same for evaluate_trigger().
Scores evaluate_trigger(const ReplicaFactory& factory, const Samples& samples, const Trigger& trigger, Pool& pool);

}  // namespace zenops
