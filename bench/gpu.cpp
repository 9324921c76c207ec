#include "bench/gpu.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include "aggregation/cuda/aggregation.hpp"

namespace zenops::bench {
namespace {

/// Bytes of the copy that sets the pace: far more than the card's caches hold.
constexpr size_t kCopied = size_t{512} << 20;
/// Pairs of rows are compared one by one only where that does not take minutes.
constexpr size_t kMostRowsByPairs = 50;

/// Up to n rows, each another part of the same numbers: making all would take the processor longer than the card all
/// measurements.
class Numbers {
 public:
  Numbers(size_t n, size_t d) : d_(d), numbers_(d + n * shift) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (float& x : numbers_) x = normal(random);
  }
  size_t dimension() const { return d_; }
  std::vector<const float*> rows(size_t n) const {
    std::vector<const float*> out;
    for (size_t k = 0; k < n; ++k) out.push_back(numbers_.data() + k * shift);
    return out;
  }

 private:
  static constexpr size_t shift = 61;
  const size_t d_;
  std::vector<float> numbers_;
};

/// n of them on the card.
class BenchRows {
 public:
  BenchRows(cuda::Device& device, const Numbers& numbers, size_t n) {
    const size_t d = numbers.dimension();
    for (const float* row : numbers.rows(n)) {
      memory_.push_back(device.make(d));
      device.upload({row, d}, memory_.back().data());
      pointers_.push_back(memory_.back().data());
    }
    device.wait();
  }
  std::span<const float* const> pointers() const { return pointers_; }

 private:
  std::vector<cuda::DeviceRow> memory_;
  std::vector<const float*> pointers_;
};

struct Work {
  std::string what;
  std::function<void()> once;
  int launches;  // that are timed together, where one is too short
};

BlockPlan mean(size_t trim, size_t drop) {
  BlockPlan plan;
  plan.combine = drop ? Combine::nearest_mean : Combine::trimmed_mean;
  plan.trim = static_cast<uint32_t>(trim);
  plan.drop = static_cast<uint32_t>(drop);
  return plan;
}

/// Each row's nearest neighbours, as pre/nnm.cpp has them, here whoever stands beside it.
Mix neighbours(size_t n) {
  const size_t near = n - n / 5;
  Mix mix(n);
  for (size_t k = 0; k < n; ++k) {
    for (size_t other = 0; other < near; ++other)
      mix[k].push_back({static_cast<uint32_t>((k + other) % n), 1 / static_cast<float>(near)});
    std::ranges::sort(mix[k], {}, &Term::row);
  }
  return mix;
}

class GpuBench {
 public:
  GpuBench(const GpuOptions& options, const GpuObserver& observer)
      : options_(options),
        observer_(observer),
        device_(options.device),
        from_(device_.make(kCopied / sizeof(float))),
        to_(device_.make(kCopied / sizeof(float))) {}

  void measure(size_t n, const Numbers& numbers) {
    const size_t d = numbers.dimension();
    const std::string input = std::to_string(n) + " rows of " + std::to_string(d);
    const double bytes = static_cast<double>(n + 1) * static_cast<double>(d) * sizeof(float);
    const double free = static_cast<double>(std::min(device_.card().memory, options_.device.cap)) - 2.5 * kCopied;
    if (bytes + 3.0 * static_cast<double>(d) * sizeof(float) > free)
      return observer_.left_out(input + ": the card's memory is too small");
    const BenchRows rows(device_, numbers, n);
    const cuda::DeviceRow out = device_.make(d);
    BlockPlan average;
    average.weights.assign(n, 1 / static_cast<float>(n));
    const size_t trim = n / 5, middle = (n - 1) / 2;
    BlockPlan majority{.combine = Combine::majority}, mixed = mean(trim, 0);
    majority.step = 1;
    mixed.mix = neighbours(n);
    const std::pair<const char*, BlockPlan> plans[] = {{"average", average},
                                                       {"majority", majority},
                                                       {"median", mean(middle, 0)},
                                                       {"trimmed_mean", mean(trim, 0)},
                                                       {"phocas", mean(trim, trim)},
                                                       {"meamed", mean(middle, trim)},
                                                       {"trimmed_mean of neighbours' means", mixed}};
    const int launches = static_cast<int>(std::clamp(4e9 / bytes, 1.0, 50.0));
    for (const auto& [what, plan] : plans)
      report({what, [&, &plan = plan] { cuda::combine(device_, plan, rows.pointers(), nullptr, d, out.data()); },
              launches},
             n, d, bytes);
    try {
      report({"the same, mixed by cuBLAS",
              [&] { cuda::combine(device_, mixed, rows.pointers(), nullptr, d, out.data(), 0, cuda::MixedBy::cublas); },
              launches},
             n, d, bytes);
    } catch (const cuda::Error& error) {
      observer_.left_out(input + ", mixed by cuBLAS: " + error.what());
    }
    const cuda::DeviceRow weights = device_.make(d), m = device_.make(d), v = device_.make(d);
    const std::vector<float> zeros(d);
    for (const auto* row : {&weights, &m, &v}) device_.upload(zeros, row->data());
    const ServerOptions adam{.kind = ServerOptions::Kind::adam};
    // Besides the rows it reads three and writes four.
    report({"average, adam's step and a copy",
            [&] {
              cuda::combine_and_step(device_, average, rows.pointers(), nullptr, d, adam,
                                     {weights.data(), m.data(), v.data(), out.data()});
            },
            launches},
           n, d, static_cast<double>(n + 7) * static_cast<double>(d) * sizeof(float));
    if (const std::string why = cuda::objection(n, true); !why.empty())
      return observer_.left_out(input + ", distances: " + why);
    const double read = bytes - static_cast<double>(d) * sizeof(float);
    try {  // sums of chunks take up to a fifth of the rows' memory
      report({"distances", [&] { cuda::measure(device_, rows.pointers(), nullptr, d, true); }, 1}, n, d, read);
    } catch (const cuda::Error& error) {
      return observer_.left_out(input + ", distances: " + error.what());
    }
    if (n > kMostRowsByPairs) return observer_.left_out(input + ", pair by pair: that takes too long");
    std::vector<double> distances(triangle(n, 0));
    report({"distances pair by pair",
            [&] { cuda::baseline::pairwise_distances(device_, rows.pointers(), d, distances); }, 1},
           n, d, read);
  }

 private:
  double copying(double bytes) {
    const double seconds = device_.seconds([&] { device_.copy(from_.data(), to_.data(), from_.size()); });
    return seconds * bytes / (2.0 * kCopied);  // it reads and writes
  }

  void report(const Work& work, size_t n, size_t d, double bytes) {
    const auto ours = [&] {
      return device_.seconds([&] {
        for (int k = 0; k < work.launches; ++k) work.once();
      }) / work.launches;
    };
    ours();  // a kernel's first launch loads it
    const Beside beside = take_turns(
        options_.repetitions, [&] { return copying(bytes); }, ours);
    observer_.measured({.what = work.what,
                        .rows = n,
                        .dimension = d,
                        .seconds = beside.ours,
                        .bytes = bytes,
                        .share = {1 / beside.ratio.high, 1 / beside.ratio.median, 1 / beside.ratio.low},
                        .copy_varies = beside.bound_varies,
                        .copy_seconds = beside.bound});
  }

  const GpuOptions& options_;
  const GpuObserver& observer_;
  cuda::Device device_;
  cuda::DeviceRow from_, to_;
};

/// What a round of fifteen workers takes on a card.
struct Training {
  const char* model;
  InputShape input;
};
constexpr Training kTrainings[] = {
    {"mlp", {28, 28, 1, 10}}, {"cnn_mnist", {28, 28, 1, 10}}, {"cifar_resnet56_v1", {32, 32, 3, 10}}};

constexpr auto kTorchs = "torch's sort, median and cdist, and training";

/// Why torch cannot compute on that card; nothing where it can.
std::optional<std::string> no_torch(int card) {
  if (auto why = load_gpus()) return why;
  if (count_gpus() <= card) return "torch finds " + std::to_string(count_gpus()) + " GPUs";
  return {};
}

/// A user's and a library's reasons alike, as a sentence.
template <class Work>
void or_left_out(const std::string& what, const GpuObserver& observer, Work work) {
  try {
    work();
  } catch (const cuda::Error&) {
    throw;
  } catch (const std::exception& error) {
    observer.left_out(what + ": " + error.what());
  }
}

}  // namespace

void bench_gpu(const GpuOptions& options, const GpuObserver& observer) {
  const Device there{.kind = Device::Kind::gpu, .gpu = options.device.index};
  // First, while nobody has asked torch for anything.
  bool torch = false;
  if (options.torch && !cuda::cards().empty())
    or_left_out(kTorchs, observer, [&] {
      const auto why = no_torch(options.device.index);
      if (why) observer.left_out(kTorchs + (": " + *why));
      torch = !why;
    });
  for (const size_t d : options.dimensions) {
    const Numbers numbers(std::ranges::max(options.rows), d);
    std::vector<GpuResult> ours;
    GpuObserver remembering = observer;
    remembering.measured = [&](const GpuResult& r) {
      ours.push_back(r);
      observer.measured(r);
    };
    {
      GpuBench bench(options, remembering);
      for (const size_t n : options.rows) bench.measure(n, numbers);
    }  // from here on the card's memory is torch's
    if (!torch) continue;
    for (const size_t n : options.rows) {
      const auto beside = [&](const TorchPeerResult& peer) {
        for (const auto& rule : peer.rules)
          for (const GpuResult& r : ours)
            if (r.what == rule && r.rows == n)
              observer.peer({rule + " by " + peer.peer, n, d, peer.seconds, r.seconds});
      };
      if (std::ranges::find(ours, n, &GpuResult::rows) != ours.end())
        bench_torch_peers(numbers.rows(n), d, options.repetitions, there,
                          {.measured = beside, .left_out = observer.left_out});
    }
  }
  if (!torch) return;
  for (const auto& [model, input] : kTrainings)
    or_left_out(std::string("training ") + model, observer, [&, &model = model, &input = input] {
      observer.trained(
          bench_joint({.model = {.name = model}, .input = input, .device = there, .seconds = options.seconds}));
    });
}

}  // namespace zenops::bench
