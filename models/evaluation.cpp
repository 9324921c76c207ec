#include "models/evaluation.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <numeric>

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
  struct Bench {
    std::unique_ptr<Replica> replica;
    Batch batch;
    std::vector<uint32_t> indices;
  };
  std::vector<Bench> benches(static_cast<size_t>(pool.threads()));
  std::vector<Scores> parts(evaluation_parts(samples));
  std::vector<std::exception_ptr> failures(parts.size());
  std::promise<void> done;
  pool.for_each(
      parts.size(),
      [&](size_t part, int thread) {
        try {
          auto& [replica, batch, indices] = benches[static_cast<size_t>(thread)];
          if (!replica) {
            prepare_training_thread();
            replica = factory.make();
          }
          parts[part] = evaluate_part(*replica, samples, part, batch, indices);
        } catch (...) {
          failures[part] = std::current_exception();
        }
      },
      [&] { done.set_value(); });
  done.get_future().wait();
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
  Scores all;
  for (const Scores& part : parts) all += part;
  return all;
}

}  // namespace zenops
