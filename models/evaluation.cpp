#include "models/evaluation.hpp"

#include <algorithm>
#include <exception>
#include <numeric>

#include "models/replicas.hpp"

namespace zenops {
namespace {

constexpr size_t part_size = 500;

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

Scores evaluate(const ReplicaFactory& factory, const Samples& samples, Pool& pool) {
  Replicas replicas(factory, pool.threads());
  std::vector<Scores> parts(evaluation_parts(samples));
  std::vector<std::exception_ptr> failures(parts.size());
  pool.for_each_and_wait(parts.size(), [&](size_t part, int thread) {
    try {
      auto& [replica, batch, indices] = replicas.at(thread);
      parts[part] = evaluate_part(*replica, samples, part, batch, indices);
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

}  // namespace zenops
