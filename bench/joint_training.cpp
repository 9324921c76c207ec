#include "bench/joint_training.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "base/philox.hpp"
#include "bench/stopwatch.hpp"
#include "models/launching.hpp"

namespace zenops::bench {
namespace {

constexpr int kTurns = 9;
constexpr int kUnmeasured = 4;  // torch chooses its kernels, and a GPU's second time is recorded

/// Noise: what is in it changes no time.
Batch noise(const InputShape& input, uint32_t size, uint32_t worker) {
  Stream stream({1, Role::data, worker, Purpose::noise});
  Batch out{size, input.height, input.width, input.channels, {}, {}, {1, Role::worker, worker, Purpose::dropout, 0}};
  out.inputs.resize(size_t{size} * input.height * input.width * input.channels);
  for (float& x : out.inputs) x = stream.normal();
  for (uint32_t k = 0; k < size * input.labels_each; ++k) out.labels.push_back(stream.below(input.classes));
  return out;
}

JointResult measure(const JointOptions& o) {
  prepare_training_thread();
  const bool gpu = o.device.kind == Device::Kind::gpu;
  const ReplicaFactory factory(o.model, o.input, 1);
  std::vector<Batch> batches;
  for (uint32_t k = 0; k < o.workers; ++k) batches.push_back(noise(o.input, o.batch, k));
  std::vector<const Batch*> pointers;
  for (const Batch& batch : batches) pointers.push_back(&batch);
  const Batch whole = noise(o.input, o.batch * static_cast<uint32_t>(o.workers), 0);
  const auto joint = factory.make_joint(o.workers, o.device);
  const auto large = factory.make(o.device), alone = factory.make(o.device);
  const auto launched = gpu ? make_launching_replica(o.model, factory, o.device) : nullptr;

  const auto clock = gpu ? wall_seconds : thread_seconds;
  const auto one_by_one = [&](Replica& replica) {
    for (const Batch& batch : batches) replica.compute_gradient(batch);
  };
  for (size_t k = 0; k < o.workers; ++k) std::ranges::copy(factory.initial_weights(), joint->own_weights(k).begin());
  const std::array<std::function<void()>, 5> ways = {
      [&] { joint->compute_gradients(pointers); }, [&] { large->compute_gradient(whole); }, [&] { one_by_one(*alone); },
      [&] {
        if (launched) one_by_one(*launched);
      },
      [&] { joint->compute_gradients_apart(pointers); }};
  std::array<std::vector<double>, 5> seconds;
  for (const auto& way : ways)
    for (int k = 0; k < kUnmeasured; ++k) way();
  for (int turn = 0; turn < kTurns; ++turn) {
    for (size_t w = 0; w < ways.size(); ++w) {
      if (w == 3 && !launched) {
        seconds[w].push_back(seconds[2].back());
        continue;
      }
      const double begin = clock();
      int times = 0;
      double passed = 0;
      for (; times == 0 || passed < o.seconds / kTurns; ++times, passed = clock() - begin) ways[w]();
      seconds[w].push_back(passed / times);
    }
  }
  const auto ratio = [&](size_t above, size_t below) {
    std::vector<double> out;
    for (size_t k = 0; k < seconds[above].size(); ++k) out.push_back(seconds[above][k] / seconds[below][k]);
    return quartiles(out);
  };
  return {.model = o.model.name,
          .workers = o.workers,
          .batch = o.batch,
          .joint = median(seconds[0]),
          .at_own = median(seconds[4]),
          .one_batch = median(seconds[1]),
          .one_by_one = median(seconds[2]),
          .launched = median(seconds[3]),
          .joint_in_batches = ratio(0, 1),
          .one_by_one_in_joint = ratio(2, 0),
          .launched_in_joint = ratio(3, 0),
          .one_by_one_in_at_own = ratio(2, 4),
          .launched_in_at_own = ratio(3, 4)};
}

}  // namespace

JointResult bench_joint(const JointOptions& options) {
  JointResult out;
  std::exception_ptr failed;
  std::thread([&] {
    try {
      out = measure(options);
    } catch (...) {
      failed = std::current_exception();
    }
  }).join();
  if (failed) std::rethrow_exception(failed);
  return out;
}

}  // namespace zenops::bench
