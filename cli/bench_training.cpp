#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include "base/pool.hpp"
#include "bench/joint_training.hpp"
#include "bench/stopwatch.hpp"
#include "bench/turns.hpp"
#include "cli/bench.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"
#include "models/local_training.hpp"
#include "models/partition.hpp"
#include "models/plain_loop.hpp"

namespace zenops {
namespace {

constexpr uint64_t seed = 1;
constexpr float lr = 0.01f, momentum = 0.9f;

/// One measured ratio.
struct Figure {
  std::string name;
  double ratio;
  std::optional<double> at_least;
};

struct Task {
  std::string model;
  InputShape input;
};

/// Images of noise: what is in them changes no time.
Samples noise(const InputShape& input) {
  Samples out;
  out.height = input.height;
  out.width = input.width;
  out.channels = input.channels;
  out.classes = input.classes;
  const uint32_t count = 2048;
  std::vector<uint8_t> bytes(count * out.features());
  Stream stream({seed, Role::data, 0, Purpose::noise});
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(stream.below(256));
  out.values = std::move(bytes);
  for (uint32_t i = 0; i < count; ++i) out.labels.push_back(static_cast<uint8_t>(stream.below(input.classes)));
  return out;
}

/// Somebody who trains one model: our step or the plain one, over the same batches.
class Trainer {
 public:
  Trainer(const ReplicaFactory& factory, const Samples& samples, uint32_t batch)
      : samples_(samples),
        partition_(PartitionKind::iid, samples.count(), 1, batch, seed),
        sampler_(partition_.part(0), batch, seed, Role::worker, 0),
        batch_size_(batch),
        optimizer_({.name = "nag", .lr = lr, .momentum = momentum}, factory.layout()),
        momentum_(factory.layout().dimension()) {}

  void step(Replica& replica) {
    train_locally(replica, {&samples_, &sampler_, step_++, 1, &optimizer_, lr}, momentum_, batch_);
  }
  void step(PlainLoop& loop) {
    std::vector<uint32_t> indices;
    sampler_.batch(step_++, indices);
    gather(samples_, indices, batch_);
    loop.step(batch_);
  }
  /// Images per second, by this clock, over about that time.
  template <class Net>
  double speed(Net& net, double seconds, double (*clock)()) {
    const double begin = clock();
    uint64_t steps = 0;
    double passed = 0;
    do {
      step(net);
      ++steps;
      passed = clock() - begin;
    } while (passed < seconds);
    return static_cast<double>(steps * batch_size_) / passed;
  }

 private:
  const Samples& samples_;
  const Partition partition_;
  const Sampler sampler_;
  const uint32_t batch_size_;
  const Optimizer optimizer_;
  std::vector<float> momentum_;
  Batch batch_;
  uint64_t step_ = 0;
};

constexpr int repeats = 5;

ReplicaFactory factory_of(const Task& task, Precision precision) {
  return {{.name = task.model, .precision = precision}, task.input, seed};
}

/// How much faster the step is than the plain loop, on one thread: the median of pairs measured one after the other.
double beside_the_plain_loop(const Task& task, const Samples& samples, uint32_t batch, Precision precision,
                             double seconds) {
  double ratio = 0;
  std::thread([&] {
    prepare_training_thread();
    const ReplicaFactory factory = factory_of(task, precision);
    const auto replica = factory.make();
    const auto plain =
        make_plain_loop({task.model, task.input, factory.layout(), factory.initial_weights(), lr, momentum});
    Trainer ours(factory, samples, batch), theirs(factory, samples, batch);
    for (int i = 0; i < 3; ++i) {  // torch chooses its kernels
      ours.step(*replica);
      theirs.step(*plain);
    }
    std::vector<double> ratios;
    for (int r = 0; r < repeats; ++r) {
      const double before = theirs.speed(*plain, seconds / repeats / 2, bench::thread_seconds);
      const double mine = ours.speed(*replica, seconds / repeats, bench::thread_seconds);
      const double after = theirs.speed(*plain, seconds / repeats / 2, bench::thread_seconds);
      ratios.push_back(2 * mine / (before + after));
    }
    ratio = bench::median(ratios);
  }).join();
  return ratio;
}

/// How many times the images of one thread `threads` threads train together, by the wall clock.
double together(const Task& task, const Samples& samples, uint32_t batch, double seconds, int threads) {
  const ReplicaFactory factory = factory_of(task, Precision::fp32);
  auto speed = [&](int count) {
    std::vector<double> speeds(static_cast<size_t>(count));
    std::vector<std::thread> all;
    for (double& out : speeds) {
      all.emplace_back([&] {
        prepare_training_thread();
        const auto replica = factory.make();
        Trainer trainer(factory, samples, batch);
        for (int i = 0; i < 3; ++i) trainer.step(*replica);
        out = trainer.speed(*replica, seconds / repeats, bench::wall_seconds);
      });
    }
    for (auto& thread : all) thread.join();
    double sum = 0;
    for (double s : speeds) sum += s;
    return sum;
  };
  std::vector<double> ratios;
  for (int r = 0; r < repeats; ++r) {
    const double alone = speed(1);
    ratios.push_back(speed(threads) / alone);
  }
  return bench::median(ratios);
}

/// Of this model, or of all when it is empty.
std::vector<Figure> measure(double seconds, const std::string& model) {
  const Task mlp{"mlp", {28, 28, 1, 10}}, cnn{"cnn_mnist", {28, 28, 1, 10}},
      resnet{"cifar_resnet20_v1", {32, 32, 3, 10}};
  struct Comparison {
    Task task;
    Precision precision;
    double at_least;
  };
  std::vector<Figure> figures;
  for (const auto& [task, precision, at_least] : {Comparison{mlp, Precision::fp32, 1.4},
                                                  {cnn, Precision::fp32, 1.4},
                                                  {resnet, Precision::fp32, 1.15},
                                                  {resnet, Precision::bf16, 1.6}}) {
    if (!model.empty() && task.model != model) continue;
    const std::string name = task.model + (precision == Precision::bf16 ? ", bf16" : ", fp32") +
                             ", batch 32: images per second beside a plain PyTorch loop in fp32";
    std::cerr << name + "\n";
    figures.push_back({name, beside_the_plain_loop(task, noise(task.input), 32, precision, seconds), at_least});
  }
  for (const auto& task : {mlp, cnn, resnet}) {
    if (!model.empty() && task.model != model) continue;
    const std::string name = task.model + ", fp32, batch 128: images per second of two threads beside one";
    std::cerr << name + "\n";
    figures.push_back({name, together(task, noise(task.input), 128, seconds, 2), 1.85});
  }
  for (const auto& task : {mlp, cnn, resnet}) {
    if (!model.empty() && task.model != model) continue;
    const std::string of = task.model + ", fp32, gradients of 15 batches of 32";
    std::cerr << of + "\n";
    const auto joint = bench::bench_joint({.model = {.name = task.model}, .input = task.input, .seconds = seconds});
    figures.push_back({of + ": one pass beside one after the other", joint.one_by_one_in_joint.median, {}});
    figures.push_back({of + ": one pass beside one batch of 480", 1 / joint.joint_in_batches.median, {}});
    figures.push_back({of + " at weights of each: one pass beside one after the other", joint.one_by_one_in_at_own.median, {}});
  }
  return figures;
}

Json to_json(const std::vector<Figure>& figures) {
  Json list = Json::array();
  for (const Figure& f : figures) {
    list.push_back({{"name", f.name}, {"ratio", f.ratio}});
    if (f.at_least) list.back().update({{"at_least", *f.at_least}, {"met", f.ratio >= *f.at_least}});
  }
  return {{"version", version_line()}, {"cores", usable_cores()}, {"figures", std::move(list)}};
}

std::string in_words(const std::vector<Figure>& figures) {
  std::vector<std::vector<std::string>> rows;
  for (const Figure& f : figures)
    rows.push_back({f.name, fixed(f.ratio, 2) + " ×",
                    f.at_least ? (f.ratio >= *f.at_least ? "met: ≥ " : "missed: ≥ ") + fixed(*f.at_least, 2) : ""});
  return table(rows);
}

}  // namespace

Command add_bench_training(CLI::App& bench) {
  struct Arguments {
    double seconds = 3;
    std::string model;
    bool json = false;
  };
  auto a = std::make_shared<Arguments>();
  auto* app =
      bench.add_subcommand("training", "the local step beside a plain PyTorch loop, and two threads beside one");
  app->add_option("--seconds", a->seconds, "how long to measure each side of a figure")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app->add_option("--model", a->model, "measure this one alone")
      ->check(CLI::IsMember({"mlp", "cnn_mnist", "cifar_resnet20_v1"}));
  app->add_flag("--json", a->json, "print one JSON object; progress goes to stderr");
  app->footer(
      "The plain loop has the same model, batches and optimizer, written with libtorch's modules. One thread is "
      "measured "
      "by its own\nCPU time, turn by turn with the plain loop's; two threads by the wall clock, which needs two free "
      "cores.\n\nExample: zenops-cli bench training --json");
  return {app, [a] {
            const auto figures = measure(a->seconds, a->model);
            std::cout << (a->json ? line(to_json(figures)) + "\n" : in_words(figures));
            return 0;
          }};
}

}  // namespace zenops
