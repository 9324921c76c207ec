#include <benchmark/benchmark.h>

#include <filesystem>
#include <numeric>
#include <optional>

#include "models/dataset.hpp"

namespace zenops {
namespace {

constexpr uint32_t batch_size = 32;

Samples images(uint32_t side, uint32_t channels) {
  constexpr uint32_t count = 1000;
  Samples out;
  out.height = out.width = side;
  out.channels = channels;
  out.classes = 10;
  out.mean.assign(channels, .5f);
  out.deviation.assign(channels, .25f);
  std::vector<uint8_t> bytes(count * out.features());
  Stream random({.seed = 1, .role = Role::data, .index = 0, .purpose = Purpose::noise});
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random.word());
  out.values = std::move(bytes);
  out.labels.resize(count);
  return out;
}

/// Batches of 32 images, as a worker's steps take them.
void make_batches(benchmark::State& state, const Samples& samples, bool crop_flip) {
  std::vector<uint32_t> indices(batch_size);
  std::iota(indices.begin(), indices.end(), 100u);
  Batch batch;
  uint32_t step = 0;
  for (auto _ : state) {
    Stream draws({.seed = 1, .role = Role::worker, .index = 0, .purpose = Purpose::augment, .step = step++});
    gather(samples, indices, batch, crop_flip ? &draws : nullptr);
    benchmark::DoNotOptimize(batch.inputs.data());
  }
  state.SetItemsProcessed(state.iterations() * batch_size);
}

void load(benchmark::State& state, bool verify) {
  const Datasets all = Datasets::standard();
  DataOptions options;
  options.verify = verify;
  if (!std::filesystem::exists(all.find(options.name)->usual_path))
    return state.SkipWithError("the data set is not here");
  for (auto _ : state) benchmark::DoNotOptimize(all.load(options, std::nullopt, 1).train.count());
}

void register_all() {
  const auto add = [](const char* name, const Samples& samples, bool crop_flip) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) {
      make_batches(state, samples, crop_flip);
    })->Unit(benchmark::kMicrosecond);
  };
  Samples grey = images(28, 1), shown = grey;
  shown.shown = ImageSize{32, 32, 3};
  add("batch/28x28x1", grey, false);
  add("batch/28x28x1_shown_as_32x32x3", shown, false);
  add("batch/32x32x3", images(32, 3), false);
  add("batch/32x32x3_crop_flip", images(32, 3), true);
  add("batch/28x28x1_shown_as_32x32x3_crop_flip", shown, true);
  benchmark::RegisterBenchmark("load/fashion_mnist", [](benchmark::State& state) {
    load(state, true);
  })->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("load/fashion_mnist_unverified", [](benchmark::State& state) {
    load(state, false);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace zenops

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  zenops::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
