// The residual networks of the catalogue, beyond what every replica promises.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/replica.hpp"
#include "tests/base/refusal.hpp"
#include "tests/models/random_batch.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr InputShape cifar{32, 32, 3, 10};

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

ModelOptions model(const std::string& name, BatchNormPolicy policy = BatchNormPolicy::validator,
                   Parameters parameters = {}) {
  return {.name = name, .batch_norm = policy, .parameters = std::move(parameters)};
}

/// The floats of one block.
std::span<float> block(Replica& replica, const std::string& name) {
  for (const Block& b : replica.layout().blocks())
    if (b.name == name) return replica.weights().subspan(b.offset, b.size);
  throw std::runtime_error("no block " + name);
}

TEST(ResidualNetworks, HaveAsManyParametersAsTheirSourcesSay) {
  const Models all = Models::standard();
  auto count = [&](const char* name) { return *all.find(name)->parameter_count(cifar); };
  EXPECT_EQ(count("cifar_resnet20_v1"), 272'474u);
  EXPECT_EQ(count("cifar_resnet56_v1"), 855'770u);
  EXPECT_EQ(count("cifar_resnet110_v1"), 1'730'714u);
  EXPECT_EQ(count("cifar_wideresnet16_10"), 17'116'666u);
  EXPECT_EQ(count("cifar_wideresnet28_10"), 36'479'226u);
  EXPECT_EQ(count("cifar_wideresnet40_8"), 35'748'346u);
  EXPECT_EQ(count("resnet18"), 11'173'962u);
}

TEST(ResidualNetworks, HaveTheTensorsOfGluonsResnet20) {
  const ReplicaFactory factory(model("cifar_resnet20_v1"), cifar, 1);
  std::vector<std::string> names;
  size_t trained = 0;
  for (const Block& b : factory.layout().blocks()) {
    names.push_back(b.name);
    if (!b.buffer) ++trained;
  }
  EXPECT_EQ(trained, 65u);
  EXPECT_EQ(names.size(), 65u + 2 * 21) << "a mean and a variance for each batch norm";
  EXPECT_THAT(std::vector(names.begin(), names.begin() + 9),
              ElementsAre("conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer1.0.bn1.weight",
                          "layer1.0.bn1.bias", "layer1.0.conv2.weight", "layer1.0.bn2.weight", "layer1.0.bn2.bias"));
  EXPECT_THAT(names, Contains("layer2.0.downsample.0.weight"));
  EXPECT_THAT(names, Not(Contains("layer1.0.downsample.0.weight"))) << "the channels stay";
  EXPECT_THAT(names, Not(Contains("conv1.bias")));
  EXPECT_EQ(names.back(), "layer3.2.bn2.running_var");
}

TEST(ResidualNetworks, TellWhichImagesTheyTakeBeforeTheyAreMade) {
  for (const char* name : {"cifar_resnet20_v1", "cifar_wideresnet16_10", "resnet18"}) {
    EXPECT_EQ(Models::standard().find(name)->wants, (ImageSize{32, 32, 3}));
    EXPECT_THAT(refusal(UserError::bad_config,
                        [&] {
                          ReplicaFactory(model(name), {28, 28, 1, 10}, 1);
                        }),
                HasSubstr(std::string(name) + " takes 32 × 32 × 3 images, the data set has 28 × 28 × 1"));
  }
}

TEST(ResidualNetworks, BeginWithNormalisationsThatChangeNothing) {
  const auto replica = ReplicaFactory(model("cifar_resnet20_v1"), cifar, 1).make();
  EXPECT_THAT(block(*replica, "layer1.0.bn1.weight"), Each(1.f));
  EXPECT_THAT(block(*replica, "layer1.0.bn1.bias"), Each(0.f));
  EXPECT_THAT(block(*replica, "layer1.0.bn1.running_mean"), Each(0.f));
  EXPECT_THAT(block(*replica, "layer1.0.bn1.running_var"), Each(1.f));
  EXPECT_THAT(block(*replica, "fc.bias"), Not(Contains(0.f))) << "a linear layer's bias is drawn";
}

class Residual : public testing::TestWithParam<const char*> {};

TEST_P(Residual, FallsAlongItsGradientAsFastAsItShould) {
  // With each batch's own statistics the loss is one function of the weights.
  const auto replica = ReplicaFactory(model(GetParam(), BatchNormPolicy::local), cifar, 1).make();
  const Batch batch = random_batch(cifar, 4);
  replica->compute_gradient(batch);
  const auto weights = copy(replica->weights()), gradient = copy(replica->gradient());
  const double squared = std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.);
  const auto step = static_cast<float>(3e-4 / std::sqrt(squared));
  auto loss_at = [&](float t) {
    for (size_t i = 0; i < weights.size(); ++i) replica->weights()[i] = weights[i] + t * gradient[i];
    return replica->evaluate(batch).loss / batch.size;
  };
  EXPECT_NEAR((loss_at(step) - loss_at(-step)) / (2 * step), squared, .03 * squared);
}
INSTANTIATE_TEST_SUITE_P(Of, Residual,
                         testing::Values("cifar_resnet20_v1", "cifar_resnet56_v1", "cifar_wideresnet16_10", "resnet18"),
                         [](const auto& info) { return std::string(info.param); });

TEST(BatchNorm, MovesItsStatisticsATenthOfTheWayAndTrainsWithoutThem) {
  const auto replica = ReplicaFactory(model("cifar_wideresnet16_10"), cifar, 1).make();
  const Batch batch = random_batch(cifar, 4);
  const float loss = replica->compute_gradient(batch);
  // bn0 sees the images themselves.
  const size_t pixels = size_t{4} * 32 * 32;
  for (size_t c = 0; c < 3; ++c) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < pixels; ++i) {
      const double x = batch.inputs[3 * i + c];
      sum += x;
      squares += x * x;
    }
    const double n = static_cast<double>(pixels), mean = sum / n, variance = (squares - n * mean * mean) / (n - 1);
    EXPECT_NEAR(block(*replica, "bn0.running_mean")[c], .1 * mean, 1e-5);
    EXPECT_NEAR(block(*replica, "bn0.running_var")[c], .9 + .1 * variance, 1e-4);
  }
  EXPECT_EQ(replica->compute_gradient(batch), loss) << "the moved statistics are not used";
  for (const Block& b : replica->layout().blocks()) {
    if (!b.buffer) continue;
    EXPECT_THAT(replica->gradient().subspan(b.offset, b.size), Each(0.f)) << b.name;
  }
}

TEST(BatchNorm, EvaluatesWithRunningStatisticsAndLeavesThemAlone) {
  const auto replica = ReplicaFactory(model("cifar_resnet20_v1"), cifar, 1).make();
  const Batch batch = random_batch(cifar, 8);
  const auto before = copy(replica->weights());
  const double loss = replica->evaluate(batch).loss;
  EXPECT_EQ(copy(replica->weights()), before);
  std::ranges::fill(block(*replica, "layer1.0.bn1.running_var"), 100.f);
  EXPECT_NE(replica->evaluate(batch).loss, loss);
}

TEST(BatchNorm, LocalEvaluatesWithTheBatchsOwn) {
  const auto replica = ReplicaFactory(model("cifar_resnet20_v1", BatchNormPolicy::local), cifar, 1).make();
  const Batch batch = random_batch(cifar, 8);
  const double loss = replica->evaluate(batch).loss;
  EXPECT_NEAR(loss / 8, replica->compute_gradient(batch), 1e-5);
  std::ranges::fill(block(*replica, "layer1.0.bn1.running_var"), 100.f);
  EXPECT_EQ(replica->evaluate(batch).loss, loss);
}

TEST(BatchNorm, TravelsAsItsPolicySays) {
  for (auto [policy, exchange] : {std::pair{BatchNormPolicy::validator, Exchange::trusted},
                                  {BatchNormPolicy::average, Exchange::judged},
                                  {BatchNormPolicy::local, Exchange::none}}) {
    const ReplicaFactory factory(model("cifar_resnet20_v1", policy), cifar, 1);
    for (const Block& b : factory.layout().blocks())
      EXPECT_EQ(b.exchange, b.buffer ? exchange : Exchange::judged) << b.name;
  }
}

/// A wide network that drops half of its values, and the noise of a step.
class DropoutTest : public testing::Test {
 protected:
  float loss(uint32_t worker, uint32_t step, double rate = .5) {
    const auto replica =
        ReplicaFactory(model("cifar_wideresnet16_10", BatchNormPolicy::local, {{"drop_rate", rate}}), cifar, 1).make();
    Batch batch = random_batch(cifar, 2);
    batch.noise = {1, Role::worker, worker, Purpose::dropout, step};
    return replica->compute_gradient(batch);
  }
};

TEST_F(DropoutTest, IsAFunctionOfWorkerAndStep) {
  const float first = loss(0, 0);
  EXPECT_EQ(loss(0, 0), first);
  EXPECT_NE(loss(1, 0), first);
  EXPECT_NE(loss(0, 1), first);
}

TEST_F(DropoutTest, IsNotThereAtRateZeroNorInEvaluation) {
  EXPECT_EQ(loss(0, 0, 0), loss(1, 1, 0));
  const auto dropping =
      ReplicaFactory(model("cifar_wideresnet16_10", BatchNormPolicy::local, {{"drop_rate", .5}}), cifar, 1).make();
  EXPECT_NEAR(dropping->evaluate(random_batch(cifar, 2)).loss / 2, loss(0, 0, 0), 1e-5);
}

}  // namespace
}  // namespace zenops
