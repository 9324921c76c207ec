#include "bench/torch_peers.hpp"

#include <algorithm>
#include <thread>

#include "base/expected.hpp"
#include "bench/stopwatch.hpp"
#include "bench/turns.hpp"
#include "models/peers.hpp"
#include "models/replica.hpp"

namespace zenops::bench {
namespace {

struct Named {
  TorchWork work;
  std::string name;
  std::vector<std::string> rules;
};

const Named works[] = {{TorchWork::sort, "torch.sort", {"median", "trimmed_mean", "phocas", "meamed"}},
                       {TorchWork::median, "torch.median", {"median"}},
                       {TorchWork::differences, "torch.cdist", {"distances"}},
                       {TorchWork::products, "torch.cdist with products", {"distances"}}};

/// What takes longer than this altogether is repeated three times.
constexpr double kEnough = 2;

double seconds_of(TorchPeer& peer, int repetitions, const Device& device) {
  const bool gpu = device.kind == Device::Kind::gpu;
  const auto clock = gpu ? wall_seconds : thread_seconds;
  const auto once = [&](int times) {
    const double begin = clock();
    peer.run(times);
    return (clock() - begin) / times;
  };
  double passed = once(1);  // torch chooses its kernels
  const int times = gpu ? static_cast<int>(std::clamp(5e-3 / once(1), 1.0, 50.0)) : 1;
  std::vector<double> all;
  while (static_cast<int>(all.size()) < repetitions && (all.size() < 3 || passed < kEnough)) {
    all.push_back(once(times));
    passed += all.back() * times;
  }
  return median(all);
}

void measure(std::span<const float* const> rows, size_t d, int repetitions, const Device& device,
             const TorchPeerObserver& observer) {
  try {
    prepare_training_thread();
  } catch (const UserError& error) {
    return observer.left_out(error.what());
  }
  for (const auto& [work, name, rules] : works) {
    try {
      const auto peer = make_torch_peer(work, rows, d, device);
      observer.measured({name, rules, rows.size(), d, seconds_of(*peer, repetitions, device)});
    } catch (const std::exception& error) {  // no memory for it, as a rule
      observer.left_out(name + " of " + std::to_string(rows.size()) + " rows of " + std::to_string(d) + ": " +
                        error.what());
    }
  }
}

}  // namespace

void bench_torch_peers(std::span<const float* const> rows, size_t d, int repetitions, const Device& device,
                       const TorchPeerObserver& observer) {
  std::thread(measure, rows, d, repetitions, std::cref(device), std::cref(observer))
      .join();  // whose memory goes with it
}

}  // namespace zenops::bench
