// A training within a program of one's own, with a model of its own that needs no torch: softmax regression on
// Fashion-MNIST, some rounds among liars. With the word `apart` every shard, validator and worker has a process of its
// own, started from this binary.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <zenops/training.hpp>
#include <zenops/zenops.hpp>

namespace {

using namespace zenops;

/// The shares of the classes of one sample, given how strongly each speaks for itself.
void softmax(std::span<float> scores) {
  const float highest = *std::ranges::max_element(scores);
  float sum = 0;
  for (float& s : scores) sum += s = std::exp(s - highest);
  for (float& s : scores) s /= sum;
}

PlainModel regression(const Layout& layout, const Parameters&) {
  const auto classes = static_cast<size_t>(layout.blocks()[0].shape[0]),
             features = static_cast<size_t>(layout.blocks()[0].shape[1]);
  auto outputs = [=](std::span<const float> w, const Batch& batch, std::vector<float>& out) {
    out.assign(batch.size * classes, 0);
    for (size_t i = 0; i < batch.size; ++i)
      for (size_t c = 0; c < classes; ++c) {
        const float* x = &batch.inputs[i * features];
        float sum = w[classes * features + c];
        for (size_t k = 0; k < features; ++k) sum += w[c * features + k] * x[k];
        out[i * classes + c] = sum;
      }
  };
  auto gradient = [=](std::span<const float> w, const Batch& batch, std::span<float> g) {
    std::vector<float> shares;
    outputs(w, batch, shares);
    float loss = 0;
    for (size_t i = 0; i < batch.size; ++i) {
      const std::span<float> mine(&shares[i * classes], classes);
      softmax(mine);
      const auto label = static_cast<size_t>(batch.labels[i]);
      loss -= std::log(std::max(mine[label], 1e-30f)) / static_cast<float>(batch.size);
      mine[label] -= 1;
      for (size_t c = 0; c < classes; ++c) {
        const float* x = &batch.inputs[i * features];
        const float d = mine[c] / static_cast<float>(batch.size);
        for (size_t k = 0; k < features; ++k) g[c * features + k] += d * x[k];
        g[classes * features + c] += d;
      }
    }
    return loss;
  };
  return {gradient, outputs};
}

Catalogue catalogue_with_regression() {
  Catalogue catalogue;
  catalogue.models.add(plain_model(
      {"regression", "softmax regression in plain C++", "", {}},
      [](const InputShape& in, const Parameters&) -> Expected<Layout> {
        const int64_t classes = in.classes, features = int64_t{in.height} * in.width * in.channels;
        return Layout({{.name = "weight", .shape = {classes, features}}, {.name = "bias", .shape = {classes}}});
      },
      regression));
  return catalogue;
}

constexpr const char* experiment = R"(
data: {name: fashion_mnist, partition: contiguous, batch: 32}
model: {name: regression}
train: {rounds: 12, local_steps: 8, eval_every: 4, optimizer: {lr: 0.02}}
cluster: {workers: 5, validators: 1, shards: 2}
rule: {name: zeno}
attack: {name: negative, scale: 10, workers: 2}
)";

}  // namespace

int main(int argc, char** argv) {
  const Catalogue catalogue = catalogue_with_regression();
  Program program("embed_training");
  add_training(program, catalogue);
  return program.run(argc, argv, [&](Cluster& cluster) {
    const bool apart = !cluster.arguments().empty() && cluster.arguments()[0] == "apart";
    const std::string isolation = std::string("cluster.isolation=") + (apart ? "process" : "thread");
    const Config config = parse_config(experiment, "the experiment", {isolation}, catalogue);
    Training training(config.training, catalogue);
    training.plan_processes(process_plan(config, catalogue, program));
    const auto result = training.run([](const RoundReport& report) {
      if (report.evaluation) std::printf("round %u: accuracy %.2f\n", report.round, report.evaluation->accuracy);
    });
    std::printf("of %lu lies %lu were believed\n", static_cast<unsigned long>(result.tally.poisoned),
                static_cast<unsigned long>(result.tally.poisoned_accepted));
    return result.evaluation.accuracy > 0.6 ? 0 : 1;
  });
}
