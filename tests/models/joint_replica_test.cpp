#include "models/joint_replica.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "models/launching.hpp"
#include "models/optimizer.hpp"
#include "tests/models/cases.hpp"

namespace zenops {
namespace {

class Joint : public testing::TestWithParam<Case> {
 protected:
  const Case& c = GetParam();
  const ReplicaFactory factory{options_of(c), c.input, 1};
  const std::vector<Batch> batches = batches_of(c, 3, 4);
};

TEST_P(Joint, FindsOfEachBatchWhatAReplicaFindsOfItAlone) {
  const auto joint = factory.make_joint(5);
  const auto losses = joint->compute_gradients(pointers(batches));
  ASSERT_EQ(losses.size(), batches.size());
  for (size_t k = 0; k < batches.size(); ++k) {
    const auto alone = factory.make();
    EXPECT_NEAR(losses[k], alone->compute_gradient(batches[k]), 1e-4) << "batch " << k;
    EXPECT_LT(distance(factory.layout(), joint->gradient(k), alone->gradient(), false), nearly) << "batch " << k;
    auto moved = copy(factory.initial_weights());
    joint->move_buffers(k, moved);
    EXPECT_LT(distance(factory.layout(), moved, alone->weights(), true), 1e-5) << "batch " << k;
    EXPECT_EQ(distance(factory.layout(), moved, factory.initial_weights(), false), 0) << "weights stay";
    for (const Block& block : factory.layout().blocks()) {
      if (block.buffer) {
        EXPECT_THAT(joint->gradient(k).subspan(block.offset, block.size), testing::Each(0)) << block.name;
      }
    }
  }
}

TEST_P(Joint, StartsFromTheSameWeightsAgain) {
  const auto joint = factory.make_joint(3);
  const auto once = joint->compute_gradients(pointers(batches));
  const auto gradient = copy(joint->gradient(1));
  EXPECT_EQ(copy(joint->weights()), copy(factory.initial_weights())) << "nobody's statistics move";
  EXPECT_EQ(joint->compute_gradients(pointers(batches)), once);
  EXPECT_EQ(copy(joint->gradient(1)), gradient) << "nothing is added to what was there";
}

TEST_P(Joint, LetsNoBatchReachAnothersGradient) {
  const auto joint = factory.make_joint(3);
  joint->compute_gradients(pointers(batches));
  const auto honest = copy(joint->gradient(1));
  auto poisoned = batches;
  if (c.input.labels_each == 1) std::ranges::fill(poisoned[0].inputs, 1e30f);
  std::ranges::fill(poisoned[2].labels, 0);
  joint->compute_gradients(pointers(poisoned));
  EXPECT_LT(distance(factory.layout(), joint->gradient(1), honest, false), nearly);
}

TEST_P(Joint, TakesFewerBatchesThanItCould) {
  const auto joint = factory.make_joint(3);
  joint->compute_gradients(pointers(batches));
  const auto second = copy(joint->gradient(1));
  const Batch* only = &batches[1];
  ASSERT_EQ(joint->compute_gradients({&only, 1}).size(), 1u);
  EXPECT_LT(distance(factory.layout(), joint->gradient(0), second, false), nearly);
}

TEST_P(Joint, HasTheSameBitsWhereItComputesInMemoryOfItsOwn) {
  const auto here = factory.make_joint(3), apart = factory.make_joint(3, {.kind = Device::Kind::apart});
  for (const auto* replica : {&here, &apart}) (*replica)->weights()[0] += .25f;
  EXPECT_EQ(apart->compute_gradients(pointers(batches)), here->compute_gradients(pointers(batches)));
  for (size_t k = 0; k < batches.size(); ++k) EXPECT_EQ(copy(apart->gradient(k)), copy(here->gradient(k)));
}

TEST_P(Joint, LeavesAReplicaElsewhereTheBitsOfOneHere) {
  const Device there{.kind = Device::Kind::apart};
  const auto here = factory.make(), apart = factory.make(there),
             launching = make_launching_replica(options_of(c), factory, there);
  for (const Batch& batch : batches) {
    const float loss = here->compute_gradient(batch);
    EXPECT_EQ(apart->compute_gradient(batch), loss);
    EXPECT_EQ(launching->compute_gradient(batch), loss);
    EXPECT_EQ(copy(apart->gradient()), copy(here->gradient()));
    EXPECT_EQ(copy(launching->gradient()), copy(here->gradient()));
    EXPECT_EQ(copy(apart->weights()), copy(here->weights())) << "the statistics come back";
    for (const auto* replica : {&here, &apart, &launching})
      for (size_t i = 0; i < factory.layout().dimension(); i += 7) (*replica)->weights()[i] *= .9f;
  }
  EXPECT_EQ(copy(apart->outputs(batches[0])), copy(here->outputs(batches[0])));
}

TEST_P(Joint, LeavesAReplicaElsewhereThatAnswersFirstAndThenTrains) {
  const auto here = factory.make(), apart = factory.make({.kind = Device::Kind::apart});
  for (const auto* replica : {&here, &apart}) (*replica)->outputs(batches[0]);
  EXPECT_EQ(apart->compute_gradient(batches[0]), here->compute_gradient(batches[0]));
  EXPECT_EQ(copy(apart->gradient()), copy(here->gradient()));
}

/// Weights to which member k has come by itself.
std::vector<float> moved_apart(const ReplicaFactory& factory, size_t k) {
  auto weights = copy(factory.initial_weights());
  Stream stream({7, Role::model, static_cast<uint32_t>(k), Purpose::noise});
  for (float& w : weights) w = w * (.8f + .4f * stream.uniform()) + .01f * stream.uniform();
  return weights;
}

void move_apart(const ReplicaFactory& factory, JointReplica& joint, size_t members) {
  for (size_t k = 0; k < members; ++k) std::ranges::copy(moved_apart(factory, k), joint.own_weights(k).begin());
}

/// What a replica alone finds of a batch at those weights, against what the joint one found of it as its k-th.
void expect_what_one_finds_alone(const ReplicaFactory& factory, JointReplica& joint, size_t k, const Batch& batch, float loss,
                                 std::span<const float> weights) {
  const auto alone = factory.make();
  std::ranges::copy(weights, alone->weights().begin());
  EXPECT_NEAR(loss, alone->compute_gradient(batch), 1e-4) << "batch " << k;
  EXPECT_LT(distance(factory.layout(), joint.gradient(k), alone->gradient(), false), nearly) << "batch " << k;
  auto moved = copy(weights);
  joint.move_buffers(k, moved);
  EXPECT_LT(distance(factory.layout(), moved, alone->weights(), true), 1e-5) << "batch " << k;
  EXPECT_EQ(distance(factory.layout(), moved, weights, false), 0) << "weights stay";
  for (const Block& block : factory.layout().blocks()) {
    if (block.buffer) {
      EXPECT_THAT(joint.gradient(k).subspan(block.offset, block.size), testing::Each(0)) << block.name;
    }
  }
}

// Where kernels of many batches go one after the other, and where they go as groups of one convolution.
const Device devices[] = {{}, {.kind = Device::Kind::apart}};

TEST_P(Joint, FindsOfEachBatchAtItsOwnWeightsWhatAReplicaFindsOfItAlone) {
  for (const Device& device : devices) {
    const auto joint = factory.make_joint(5, device);
    move_apart(factory, *joint, batches.size());
    const auto losses = joint->compute_gradients_apart(pointers(batches));
    ASSERT_EQ(losses.size(), batches.size());
    for (size_t k = 0; k < batches.size(); ++k) {
      expect_what_one_finds_alone(factory, *joint, k, batches[k], losses[k], moved_apart(factory, k));
      EXPECT_EQ(copy(joint->own_weights(k)), moved_apart(factory, k)) << "they stay";
    }
    EXPECT_EQ(copy(joint->weights()), copy(factory.initial_weights()));
  }
}

TEST_P(Joint, TakesTurnsBetweenWeightsOfAllAndOfEach) {
  const auto joint = factory.make_joint(3);
  const auto losses = joint->compute_gradients(pointers(batches));
  const auto shared = copy(joint->gradient(1));
  move_apart(factory, *joint, 3);
  const auto own_losses = joint->compute_gradients_apart(pointers(batches));
  const auto own = copy(joint->gradient(1));
  EXPECT_EQ(joint->compute_gradients(pointers(batches)), losses);
  EXPECT_EQ(copy(joint->gradient(1)), shared);
  EXPECT_EQ(joint->compute_gradients_apart(pointers(batches)), own_losses);
  EXPECT_EQ(copy(joint->gradient(1)), own) << "nothing is added to what was there";
  ASSERT_EQ(joint->compute_gradients_apart({pointers(batches).data(), 2}).size(), 2u) << "fewer";
  EXPECT_LT(distance(factory.layout(), joint->gradient(1), own, false), nearly);
}

// A product of all with all in which others' numbers stand beside zeros would be NaN.
TEST_P(Joint, LetsNeitherWeightsNorBatchesThatAreNotFiniteReachAnothersGradient) {
  for (const Device& device : devices) {
    const auto joint = factory.make_joint(3, device);
    move_apart(factory, *joint, 3);
    const auto losses = joint->compute_gradients_apart(pointers(batches));
    const auto honest = copy(joint->gradient(1));
    auto buffers = copy(factory.initial_weights());
    joint->move_buffers(1, buffers);
    for (const float worst : {NAN, INFINITY, -INFINITY, 3e38f}) {
      auto poisoned = batches;
      std::ranges::fill(joint->own_weights(0), worst);
      if (c.input.labels_each == 1)
        std::ranges::fill(poisoned[2].inputs, worst);
      else
        std::ranges::fill(joint->own_weights(2).subspan(0, factory.layout().dimension() / 2), worst);
      const auto found = joint->compute_gradients_apart(pointers(poisoned));
      EXPECT_EQ(found[1], losses[1]) << worst;
      EXPECT_EQ(copy(joint->gradient(1)), honest) << worst;
      auto moved = copy(factory.initial_weights());
      joint->move_buffers(1, moved);
      EXPECT_EQ(moved, buffers) << worst;
      EXPECT_FALSE(std::isfinite(squared_norm(joint->gradient(0)) + found[0])) << worst << " is not hidden";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Joint, testing::ValuesIn(cases), [](const auto& info) { return name_of(info.param); });

TEST(JointReplica, KnowsBatchNormsWithoutScaleAndDropoutBetweenConvolutions) {
  const Case c{"cifar_wideresnet16_10", {32, 32, 3, 4}, {{"drop_rate", .3}}};
  const ReplicaFactory factory(options_of(c), c.input, 1);
  const auto batches = batches_of(c, 2, 2);
  const auto joint = factory.make_joint(2);
  joint->compute_gradients(pointers(batches));
  const auto alone = factory.make();
  alone->compute_gradient(batches[1]);
  EXPECT_LT(distance(factory.layout(), joint->gradient(1), alone->gradient(), false), nearly);
  auto moved = copy(factory.initial_weights());
  joint->move_buffers(1, moved);
  EXPECT_LT(distance(factory.layout(), moved, alone->weights(), true), 1e-5);
}

TEST(JointReplica, KnowsEveryOtherNetworkOfTheCatalogueAtWeightsOfEach) {
  const Case others[] = {{"cifar_resnet56_v1", {32, 32, 3, 4}},
                         {"cifar_resnet110_v1", {32, 32, 3, 4}},
                         {"cifar_wideresnet16_10", {32, 32, 3, 4}, {{"drop_rate", .3}}},
                         {"resnet18", {32, 32, 3, 4}}};
  for (const Case& c : others) {
    SCOPED_TRACE(c.name);
    const ReplicaFactory factory(options_of(c), c.input, 1);
    const auto batches = batches_of(c, 2, 2);
    for (const Device& device : devices) {
      const auto joint = factory.make_joint(2, device);
      move_apart(factory, *joint, 2);
      const auto losses = joint->compute_gradients_apart(pointers(batches));
      expect_what_one_finds_alone(factory, *joint, 1, batches[1], losses[1], moved_apart(factory, 1));
    }
  }
}

TEST(JointReplica, IsNotThereForModelsWhoseGradientsCannotBeToldApart) {
  auto own = plain_model(
      {"own", {}, {}, {}}, [](const InputShape&, const Parameters&) -> Expected<Layout> { return Layout({{.name = "w", .shape = {1}}}); },
      [](const Layout&, const Parameters&) { return PlainModel{}; });
  Models models = Models::standard();
  models.add(std::move(own));
  EXPECT_FALSE(ReplicaFactory({.name = "own"}, {1, 3, 1, 2}, 1, models).joins());
}

TEST(JointReplica, SaysInOneLineWhatItFailsOf) {
  const Case c{"mlp", {28, 28, 1, 10}};
  const ReplicaFactory factory(options_of(c), c.input, 1);
  auto batches = batches_of(c, 2, 4);
  batches[1].labels[0] = 99;
  const auto joint = factory.make_joint(2);
  const auto apart = factory.make({.kind = Device::Kind::apart});
  const auto of = [](auto work) {
    try {
      work();
    } catch (const std::runtime_error& e) {
      return std::string(e.what());
    }
    return std::string("nothing");
  };
  const auto expected = testing::AllOf(testing::StartsWith("the device: "), testing::HasSubstr("99"), testing::Not(testing::HasSubstr("\n")));
  EXPECT_THAT(of([&] { joint->compute_gradients(pointers(batches)); }), expected);
  EXPECT_THAT(of([&] { apart->compute_gradient(batches[1]); }), expected);
  EXPECT_THAT(apart->compute_gradient(batches[0]), testing::Gt(0)) << "and goes on";
}

TEST(JointReplica, InBf16IsAsNearToFp32AtWeightsOfEach) {
  for (const char* name : {"mlp", "cnn_mnist"}) {
    const Case c{name, {28, 28, 1, 10}, {}, Precision::bf16};
    const ReplicaFactory factory(options_of(c), c.input, 1);
    const auto batches = batches_of(c, 2, 8);
    for (const Device& device : devices) {
      const auto joint = factory.make_joint(2, device);
      move_apart(factory, *joint, 2);
      joint->compute_gradients_apart(pointers(batches));
      const auto exact = ReplicaFactory({.name = name}, c.input, 1).make();
      std::ranges::copy(moved_apart(factory, 1), exact->weights().begin());
      exact->compute_gradient(batches[1]);
      const double rounded = distance(factory.layout(), joint->gradient(1), exact->gradient(), false);
      EXPECT_LT(rounded, .1) << name;
      EXPECT_GT(rounded, 1e-4) << name << " was not rounded";
    }
  }
}

TEST(JointReplica, InBf16IsAsNearToFp32AsAReplicaAlone) {
  for (const char* name : {"mlp", "cnn_mnist"}) {
    const Case c{name, {28, 28, 1, 10}, {}, Precision::bf16};
    const ReplicaFactory factory(options_of(c), c.input, 1);
    const auto batches = batches_of(c, 2, 8);
    const auto joint = factory.make_joint(2);
    joint->compute_gradients(pointers(batches));
    const auto exact = ReplicaFactory({.name = name}, c.input, 1).make();
    exact->compute_gradient(batches[1]);
    const double rounded = distance(factory.layout(), joint->gradient(1), exact->gradient(), false);
    EXPECT_LT(rounded, .1) << name;
    EXPECT_GT(rounded, 1e-4) << name << " was not rounded";
  }
}

}  // namespace
}  // namespace zenops
