#include "models/evaluation.hpp"

#include <algorithm>
#include <cassert>
#include <exception>
#include <numeric>

#include "models/replicas.hpp"

namespace zenops {
namespace {

constexpr size_t part_size = 500;

/// The scores of all parts, on all threads of the pool.
template <class Score>
Scores in_parts(const ReplicaFactory& factory, const Samples& samples, Pool& pool, Score score) {
  Replicas replicas(factory, pool.threads());
  std::vector<Scores> parts(evaluation_parts(samples));
  std::vector<std::exception_ptr> failures(parts.size());
  pool.for_each_and_wait(parts.size(), [&](size_t part, int thread) {
    try {
      auto& [replica, batch, indices] = replicas.at(thread);
      parts[part] = score(*replica, part, batch, indices);
    } catch (...) {
      failures[part] = std::current_exception();
    }
  });
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
  Scores all;
  for (const Scores& part : parts) all += part;
  return all;
}

}  // namespace

size_t evaluation_parts(const Samples& samples) { return (samples.count() + part_size - 1) / part_size; }

Scores evaluate_part(Replica& replica, const Samples& samples, size_t part, Batch& scratch,
                     std::vector<uint32_t>& indices) {
  const size_t first = part * part_size;
  indices.resize(std::min(part_size, samples.count() - first));
  std::iota(indices.begin(), indices.end(), static_cast<uint32_t>(first));
  gather(samples, indices, scratch);
  return replica.evaluate(scratch);
}

Scores evaluate_trigger(Replica& replica, const Samples& samples, const Trigger& trigger, size_t part, Batch& scratch,
                        std::vector<uint32_t>& indices) {
  assert(samples.labels_each == 1);
  const size_t first = part * part_size, last = std::min(first + part_size, samples.count());
  indices.clear();
  for (size_t i = first; i < last; ++i)
    if (samples.labels[i] != trigger.target) indices.push_back(static_cast<uint32_t>(i));
  if (indices.empty()) return {};
  gather(samples, indices, scratch);
  trigger.put(scratch);
  return replica.evaluate(scratch);
}

Scores evaluate(const ReplicaFactory& factory, const Samples& samples, Pool& pool) {
  return in_parts(factory, samples, pool, [&](Replica& replica, size_t part, Batch& batch, std::vector<uint32_t>& indices) {
    return evaluate_part(replica, samples, part, batch, indices);
  });
}

Scores evaluate_trigger(const ReplicaFactory& factory, const Samples& samples, const Trigger& trigger, Pool& pool) {
  return in_parts(factory, samples, pool, [&](Replica& replica, size_t part, Batch& batch, std::vector<uint32_t>& indices) {
    return evaluate_trigger(replica, samples, trigger, part, batch, indices);
  });
}

}  // namespace zenops
