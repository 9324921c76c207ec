#include "models/replica.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

#include "base/philox.hpp"
#include "models/local_training.hpp"
#include "models/partition.hpp"
#include "models/torch_library.hpp"
#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"
#include "tests/models/random_batch.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

constexpr InputShape mnist{28, 28, 1, 10};

ModelOptions named(const std::string& name) {
  ModelOptions model;
  model.name = name;
  return model;
}

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }
void set(Replica& replica, std::span<const float> weights) {
  std::copy(weights.begin(), weights.end(), replica.weights().begin());
}
double mean_loss(Replica& replica, const Batch& batch) { return replica.evaluate(batch).loss / batch.size; }

TEST(Models, CountTheParametersThatTheirReplicasHave) {
  const Models all = Models::standard();
  for (const auto& entry : all.entries()) {
    if (!entry.layout) continue;  // a file says
    const ImageSize image = entry.wants.value_or(ImageSize{1, 30, 1});
    const InputShape input{image.height, image.width, image.channels, 10, entry.answers_each ? 30u : 1u};
    const Parameters parameters = with_defaults(entry, {});
    if (*entry.parameter_count(input, parameters) > 2'000'000) continue;  // the wide ones are made like their sisters
    const auto replica = ReplicaFactory(named(entry.name), input, 1).make();
    size_t trained = 0;
    for (const Block& block : replica->layout().blocks())
      if (!block.buffer) trained += block.size;
    EXPECT_EQ(*entry.parameter_count(input, parameters), trained) << entry.name;
    EXPECT_EQ(replica->weights().size(), replica->layout().dimension());
    EXPECT_EQ(replica->gradient().size(), replica->layout().dimension());
  }
  EXPECT_EQ(all.find("softmax")->parameter_count(mnist), 7'850u);
  EXPECT_EQ(all.find("mlp")->parameter_count(mnist), 79'510u);
  EXPECT_EQ(all.find("cnn_mnist")->parameter_count(mnist), 431'080u);
  EXPECT_EQ(all.find("softmax")->parameter_count({1, 20, 1, 3}), 63u);
  EXPECT_EQ(all.find("resnet"), nullptr);
}

TEST(Models, NameTheirBlocksAsTorchDoes) {
  const ReplicaFactory factory(named("cnn_mnist"), mnist, 1);
  std::vector<std::string> names;
  for (const auto& block : factory.layout().blocks()) names.push_back(block.name);
  EXPECT_THAT(names, ElementsAre("conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias",
                                 "fc2.weight", "fc2.bias"));
  EXPECT_THAT(factory.layout().blocks()[2].shape, ElementsAre(50, 20, 5, 5));
}

TEST(Models, ObjectToInputsTheyDoNotTake) {
  EXPECT_THAT(refusal(UserError::bad_config,
                      [] {
                        ReplicaFactory(named("cnn_mnist"), {1, 20, 3, 10}, 1);
                      }),
              HasSubstr("cnn_mnist takes 28 × 28 × 1 images, the data set has 1 × 20 × 3"));
}

TEST(Models, RefuseANameThatThereIsNot) {
  EXPECT_THAT(refusal(UserError::bad_config, [] { ReplicaFactory(named("resnet"), mnist, 1); }),
              HasSubstr("no resnet, only softmax, mlp, cnn_mnist"));
}

TEST(Models, ThatGiveOneAnswerTakeNoTexts) {
  ModelOptions options;
  options.name = "mlp";
  EXPECT_THAT(refusal(UserError::bad_config, [&] { ReplicaFactory(options, {1, 64, 1, 30, 64}, 1); }),
              HasSubstr("mlp gives one answer for a sample, the data set has 64 labels"));
}

TEST(InitialWeights, DependOnModelAndSeedAlone) {
  const ReplicaFactory mlp(named("mlp"), mnist, 1), cnn(named("cnn_mnist"), mnist, 1), other(named("mlp"), mnist, 2);
  const auto first = mlp.make(), between = cnn.make(), last = mlp.make();
  const auto weights = copy(first->weights());
  EXPECT_EQ(copy(last->weights()), weights);
  EXPECT_EQ(copy(ReplicaFactory(named("mlp"), mnist, 1).make()->weights()), weights);
  EXPECT_EQ(copy(mlp.initial_weights()), weights);
  EXPECT_NE(copy(other.make()->weights()), weights);
}

TEST(InitialWeights, FillTheRangeOfOneOverTheRootOfTheFanIn) {
  const ReplicaFactory factory(named("cnn_mnist"), mnist, 1);
  const double fan_in[] = {25, 25, 500, 500, 800, 800, 500, 500};
  for (size_t b = 0; b < 8; ++b) {
    const Block& block = factory.layout().blocks()[b];
    const auto weights = copy(factory.initial_weights().subspan(block.offset, block.size));
    const auto bound = static_cast<float>(1 / std::sqrt(fan_in[b]));
    EXPECT_THAT(weights, Each(AllOf(Ge(-bound), Le(bound)))) << block.name;
    const auto [low, high] = std::minmax_element(weights.begin(), weights.end());
    if (block.size < 100) continue;
    EXPECT_LT(*low, -.9f * bound) << block.name;
    EXPECT_GT(*high, .9f * bound) << block.name;
  }
}

TEST(SoftmaxReplica, HasTheGradientThatTheBookGives) {
  const InputShape shape{1, 3, 1, 4};
  const auto replica = ReplicaFactory(named("softmax"), shape, 1).make();
  std::fill(replica->weights().begin(), replica->weights().end(), 0.f);
  const Batch batch{2, 1, 3, 1, {1, 2, 3, -4, 5, 6}, {0, 2}, {}};
  EXPECT_FLOAT_EQ(replica->compute_gradient(batch), std::log(4.f));
  // With all classes equally likely: (1/4 − [y = c]) x, averaged over the batch.
  for (int c = 0; c < 4; ++c) {
    const float first = .25f - (c == 0), second = .25f - (c == 2);
    for (int k = 0; k < 3; ++k)
      EXPECT_NEAR(replica->gradient()[3 * c + k], (first * batch.inputs[k] + second * batch.inputs[3 + k]) / 2, 1e-6);
    EXPECT_NEAR(replica->gradient()[12 + c], (first + second) / 2, 1e-6);
  }
}

TEST(SoftmaxReplica, SeesChannelThenRowThenColumnAsTorchDoes) {
  const InputShape shape{2, 2, 2, 2};
  const auto replica = ReplicaFactory(named("softmax"), shape, 1).make();
  std::fill(replica->weights().begin(), replica->weights().end(), 0.f);
  const Batch batch{1, 2, 2, 2, {0, 100, 1, 101, 10, 110, 11, 111}, {1}, {}};  // 100 channel + 10 row + column
  replica->compute_gradient(batch);
  std::vector<float> seen;
  for (float g : replica->gradient().subspan(0, 8)) seen.push_back(2 * g);
  EXPECT_THAT(seen, ElementsAre(0, 1, 10, 11, 100, 101, 110, 111));
}

class Gradient : public testing::TestWithParam<const char*> {};

TEST_P(Gradient, AgreesWithFiniteDifferences) {
  const InputShape shape{1, 6, 1, 3};
  const auto replica = ReplicaFactory(named(GetParam()), shape, 1).make();
  const Batch batch = random_batch(shape, 5);
  replica->compute_gradient(batch);
  const double loss = mean_loss(*replica, batch);
  constexpr float step = 1e-3f;
  constexpr double tolerance = 2e-3;
  for (size_t i = 0; i < replica->weights().size(); ++i) {
    const float before = replica->weights()[i];
    replica->weights()[i] = before + step;
    const double above = (mean_loss(*replica, batch) - loss) / step;
    replica->weights()[i] = before - step;
    const double below = (loss - mean_loss(*replica, batch)) / step;
    replica->weights()[i] = before;
    // The two differ where a rectified unit switches in between; the gradient is then that of one side.
    ASSERT_GE(replica->gradient()[i], std::min(above, below) - tolerance) << "parameter " << i;
    ASSERT_LE(replica->gradient()[i], std::max(above, below) + tolerance) << "parameter " << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Of, Gradient, testing::Values("softmax", "mlp"),
                         [](const auto& info) { return std::string(info.param); });

TEST(CnnReplica, FallsAlongItsGradientAsFastAsItShould) {
  const auto replica = ReplicaFactory(named("cnn_mnist"), mnist, 1).make();
  const Batch batch = random_batch(mnist, 8);
  replica->compute_gradient(batch);
  const auto weights = copy(replica->weights()), gradient = copy(replica->gradient());
  const double squared = std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.);
  const auto step = static_cast<float>(1e-2 / std::sqrt(squared));
  auto loss_at = [&](float t) {
    for (size_t i = 0; i < weights.size(); ++i) replica->weights()[i] = weights[i] + t * gradient[i];
    return mean_loss(*replica, batch);
  };
  EXPECT_NEAR((loss_at(step) - loss_at(-step)) / (2 * step), squared, .02 * squared);
}

TEST(TorchReplica, ComputesWithTheFlatVectors) {
  const auto replica = ReplicaFactory(named("cnn_mnist"), mnist, 1).make();
  const Batch batch = random_batch(mnist, 4);
  const float *weights = replica->weights().data(), *gradient = replica->gradient().data();
  const float loss = replica->compute_gradient(batch);
  const auto first = copy(replica->gradient());
  set(*replica, std::vector<float>(replica->weights().size()));
  EXPECT_FLOAT_EQ(replica->compute_gradient(batch), std::log(10.f));
  set(*replica, ReplicaFactory(named("cnn_mnist"), mnist, 1).initial_weights());
  EXPECT_EQ(replica->compute_gradient(batch), loss);
  EXPECT_EQ(copy(replica->gradient()), first) << "overwritten, not added to";
  EXPECT_EQ(replica->weights().data(), weights);
  EXPECT_EQ(replica->gradient().data(), gradient);
}

TEST(TorchReplica, TwoOfThemShareNothing) {
  const ReplicaFactory factory(named("softmax"), mnist, 1);
  const auto one = factory.make(), other = factory.make();
  set(*one, std::vector<float>(7850));
  EXPECT_EQ(copy(other->weights()), copy(factory.initial_weights()));
}

TEST(TorchReplica, EvaluatesEverySampleAndLeavesTheGradientAlone) {
  const InputShape shape{1, 3, 1, 3};
  const auto replica = ReplicaFactory(named("softmax"), shape, 1).make();
  set(*replica, std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0});  // the answer is the largest input
  const Batch batch{4, 1, 3, 1, {9, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 9}, {0, 1, 1, 2}, {}};
  replica->compute_gradient(batch);
  const auto gradient = copy(replica->gradient());
  const Scores scores = replica->evaluate(batch);
  EXPECT_EQ(scores.count, 4u);
  EXPECT_EQ(scores.top1, 3u);
  EXPECT_NEAR(scores.loss, 4 * std::log(std::exp(9.) + 2) - 27, 1e-5);
  EXPECT_EQ(copy(replica->gradient()), gradient);
}

TEST(TorchReplica, TakesBatchesOfAnySize) {
  const auto replica = ReplicaFactory(named("cnn_mnist"), mnist, 1).make();
  for (uint32_t size : {32u, 1u, 7u}) {
    const Batch batch = random_batch(mnist, size);
    EXPECT_NEAR(replica->compute_gradient(batch), mean_loss(*replica, batch), 1e-5);
  }
}

TEST(TorchReplica, HasTheSameBitsOnTwoThreadsAtOnce) {
  for (const char* model : {"mlp", "cnn_mnist"}) {
    const ReplicaFactory factory(named(model), mnist, 1);
    std::vector<float> ends[3];
    auto train = [&](std::vector<float>& end) {
      prepare_training_thread();
      const auto replica = factory.make();
      std::vector<float> momentum(replica->weights().size());
      for (uint32_t step = 0; step < 4; ++step) {
        replica->compute_gradient(random_batch(mnist, 32, step));
        nag_step(replica->weights(), momentum, replica->gradient(), {.05f, .9f, 1e-4f});
      }
      end = copy(replica->weights());
    };
    std::thread one(train, std::ref(ends[0])), other(train, std::ref(ends[1]));
    one.join();
    other.join();
    std::thread(train, std::ref(ends[2])).join();
    EXPECT_EQ(ends[0], ends[1]) << model;
    EXPECT_EQ(ends[0], ends[2]) << model;
  }
}

TEST(TorchReplica, InBf16HasNearlyTheGradientOfFp32AndItsOwnBits) {
  for (const char* model : {"mlp", "cnn_mnist"}) {
    ModelOptions coarse = named(model);
    coarse.precision = Precision::bf16;
    const auto exact = ReplicaFactory(named(model), mnist, 1).make(), rounded = ReplicaFactory(coarse, mnist, 1).make();
    const Batch batch = random_batch(mnist, 32);
    const float loss = exact->compute_gradient(batch);
    EXPECT_NEAR(rounded->compute_gradient(batch), loss, .02 * loss) << model;
    const auto once = copy(rounded->gradient());
    double error = 0, whole = 0;
    for (size_t i = 0; i < once.size(); ++i) {
      error += std::pow(once[i] - exact->gradient()[i], 2);
      whole += std::pow(exact->gradient()[i], 2);
    }
    EXPECT_LT(std::sqrt(error / whole), .1) << model;
    EXPECT_GT(error, 0) << model << " was not rounded";
    rounded->compute_gradient(batch);
    EXPECT_EQ(copy(rounded->gradient()), once) << model;
    EXPECT_NEAR(mean_loss(*rounded, batch), loss, .02 * loss) << model;
  }
}

TEST(TorchReplica, MayOutliveTheThreadThatMadeIt) {
  std::unique_ptr<Replica> replica;
  const Batch batch = random_batch(mnist, 4);
  std::thread([&] {
    replica = ReplicaFactory(named("mlp"), mnist, 1).make();
    replica->compute_gradient(batch);
  }).join();
  EXPECT_GT(replica->compute_gradient(batch), 0);
}

TEST(TorchReplica, LearnsBlobs) {
  const Dataset data = Datasets::standard().find("blobs")->load({}, 1);
  const Partition partition(PartitionKind::iid, data.train.count(), 1, 32, 1);
  const Sampler sampler(partition.part(0), 32, 1, Role::worker, 0);
  std::vector<uint32_t> every(data.test.count());
  std::iota(every.begin(), every.end(), 0);
  for (const char* model : {"softmax", "mlp"}) {
    const auto replica = ReplicaFactory(named(model), {1, 20, 1, 10}, 1).make();
    std::vector<float> momentum(replica->weights().size());
    Batch batch;
    const Optimizer nag({}, replica->layout());
    train_locally(*replica, {&data.train, &sampler, 0, 200, &nag, .05f}, momentum, batch);
    gather(data.test, every, batch);
    EXPECT_GT(replica->evaluate(batch).top1, 930u) << model;
  }
}

TEST(PreparedThread, FlushesDenormals) {
  float half = 0;
  std::thread([&] {
    prepare_training_thread();
    volatile float smallest = std::numeric_limits<float>::min();
    half = smallest * .5f;
  }).join();
  EXPECT_EQ(half, 0);
}

TEST(TorchLibraryTest, SaysWhereItWasLookedFor) {
  const TemporaryFolder one, other;
  EXPECT_THAT(refusal(UserError::run_failed,
                      [&] {
                        open_torch_library({one.path(), other.path()});
                      }),
              AllOf(HasSubstr("libzenops_torch.so"), HasSubstr(one.path().string() + ", " + other.path().string())));
}

TEST(TorchLibraryTest, SaysWhyItDoesNotLoad) {
  const TemporaryFolder folder;
  folder.put("libzenops_torch.so", "not a library");
  EXPECT_THAT(
      refusal(UserError::run_failed, [&] { open_torch_library({folder.path()}); }),
      AllOf(HasSubstr((folder / "libzenops_torch.so").string() + " does not load"), HasSubstr("file too short")));
}

}  // namespace
}  // namespace zenops
