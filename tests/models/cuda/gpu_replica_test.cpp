// What only a card can show. Each test skips itself where there is none.
#include <gmock/gmock.h>

#include <thread>

#include "models/launching.hpp"
#include "tests/models/cases.hpp"

namespace zenops {
namespace {

constexpr Device gpu{.kind = Device::Kind::gpu};

class GpuReplica : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (const auto why = load_gpus()) GTEST_SKIP() << "no GPU: " << *why;
    if (count_gpus() == 0) GTEST_SKIP() << "no GPU: torch finds none";
  }
  const Case& c = GetParam();
  const ReplicaFactory factory{options_of(c), c.input, 1};
  const std::vector<Batch> batches = batches_of(c, 3, 8);
};

TEST_P(GpuReplica, FindsWhatOneOnCoresFinds) {
  const auto there = factory.make(gpu), here = factory.make();
  for (const Batch& batch : batches) {
    EXPECT_NEAR(there->compute_gradient(batch), here->compute_gradient(batch), 1e-3);
    EXPECT_LT(distance(factory.layout(), there->gradient(), here->gradient(), false), nearly);
    EXPECT_LT(distance(factory.layout(), there->weights(), here->weights(), true), 1e-4) << "the statistics come back";
  }
  const auto answers = copy(there->outputs(batches[0]));
  EXPECT_THAT(copy(here->outputs(batches[0])), testing::Pointwise(testing::FloatNear(1e-2f), answers));
}

TEST_P(GpuReplica, HasTheSameBitsWhenItIsRecordedAndReplayed) {
  const auto replica = factory.make(gpu);
  std::vector<std::vector<float>> gradients;
  std::vector<float> losses;
  for (int k = 0; k < 5; ++k) {
    std::ranges::copy(factory.initial_weights(), replica->weights().begin());
    losses.push_back(replica->compute_gradient(batches[0]));
    gradients.push_back(copy(replica->gradient()));
  }
  EXPECT_THAT(losses, testing::Each(losses[0]));
  EXPECT_THAT(gradients, testing::Each(gradients[0]));
  std::ranges::fill(replica->weights(), 0.f);
  replica->compute_gradient(batches[1]);
  EXPECT_NE(copy(replica->gradient()), gradients[0]) << "what is replayed sees new weights and batches";
}

TEST_P(GpuReplica, HasTheSameBitsWhenItIsNotToRecord) {
  const auto recorded = factory.make(gpu), launched = make_launching_replica(options_of(c), factory, gpu);
  for (int k = 0; k < 5; ++k)
    EXPECT_EQ(recorded->compute_gradient(batches[static_cast<size_t>(k) % 3]),
              launched->compute_gradient(batches[static_cast<size_t>(k) % 3]));
  EXPECT_EQ(copy(recorded->gradient()), copy(launched->gradient()));
}

TEST_P(GpuReplica, FindsOfEachBatchOfAGroupWhatOneOnCoresFindsOfItAlone) {
  const auto joint = factory.make_joint(3, gpu);
  const double close = std::string(c.name) == "mlp" || std::string(c.name) == "softmax" ? 1e-5 : nearly;  // fp32, and no TF32
  for (int recorded = 0; recorded < 4; ++recorded) joint->compute_gradients(pointers(batches));
  for (size_t k = 0; k < batches.size(); ++k) {
    const auto alone = factory.make();
    alone->compute_gradient(batches[k]);
    EXPECT_LT(distance(factory.layout(), joint->gradient(k), alone->gradient(), false), close) << "batch " << k;
    auto moved = copy(factory.initial_weights());
    joint->move_buffers(k, moved);
    EXPECT_LT(distance(factory.layout(), moved, alone->weights(), true), 1e-4) << "batch " << k;
  }
}

/// Weights to which each of a group has come by itself.
void move_apart(const ReplicaFactory& factory, JointReplica& joint, size_t members) {
  for (size_t k = 0; k < members; ++k) {
    Stream stream({7, Role::model, static_cast<uint32_t>(k), Purpose::noise});
    for (size_t i = 0; i < factory.layout().dimension(); ++i)
      joint.own_weights(k)[i] = factory.initial_weights()[i] * (.8f + .4f * stream.uniform()) + .01f * stream.uniform();
  }
}

TEST_P(GpuReplica, FindsOfEachBatchAtItsOwnWeightsWhatOneOnCoresFindsOfItAlone) {
  const auto joint = factory.make_joint(3, gpu);
  move_apart(factory, *joint, 3);
  for (int recorded = 0; recorded < 4; ++recorded) joint->compute_gradients_apart(pointers(batches));
  for (size_t k = 0; k < batches.size(); ++k) {
    const auto alone = factory.make();
    std::ranges::copy(joint->own_weights(k), alone->weights().begin());
    alone->compute_gradient(batches[k]);
    EXPECT_LT(distance(factory.layout(), joint->gradient(k), alone->gradient(), false), nearly) << "batch " << k;
    auto moved = copy(joint->own_weights(k));
    joint->move_buffers(k, moved);
    EXPECT_LT(distance(factory.layout(), moved, alone->weights(), true), 1e-4) << "batch " << k;
  }
}

// If a card's grouped convolutions fail here, train_together() still leaves whoever they reach to compute alone.
TEST_P(GpuReplica, LetsNoWeightsThatAreNotFiniteReachAnothersGradient) {
  const auto joint = factory.make_joint(3, gpu);
  move_apart(factory, *joint, 3);
  joint->compute_gradients_apart(pointers(batches));
  const auto honest = copy(joint->gradient(1));
  for (const float worst : {NAN, INFINITY, 3e38f}) {
    std::ranges::fill(joint->own_weights(0), worst);
    std::ranges::fill(joint->own_weights(2).subspan(0, factory.layout().dimension() / 2), worst);
    joint->compute_gradients_apart(pointers(batches));
    EXPECT_LT(distance(factory.layout(), joint->gradient(1), honest, false), nearly) << worst;
  }
}

TEST_P(GpuReplica, MayBeAskedByOneThreadAfterTheOther) {
  const auto joint = factory.make_joint(3, gpu);
  std::vector<std::vector<float>> gradients;
  for (int k = 0; k < 6; ++k)
    std::thread([&] {
      factory.prepare_thread();
      joint->compute_gradients(pointers(batches));
      gradients.push_back(copy(joint->gradient(1)));
    }).join();
  EXPECT_THAT(gradients, testing::Each(gradients[0]));
}

TEST_P(GpuReplica, SaysInOneLineWhatItFailsOfAndGoesOn) {
  const auto replica = factory.make(gpu);
  const float loss = replica->compute_gradient(batches[0]);
  Batch wrong = batches[0];
  wrong.inputs.resize(wrong.inputs.size() / 2);
  wrong.height /= 2;  // fits no layer, or another part of one
  try {
    replica->compute_gradient(wrong);
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), testing::StartsWith("gpu 0: "));
    EXPECT_THAT(e.what(), testing::Not(testing::HasSubstr("\n")));
  }
  EXPECT_EQ(lost_gpu(), "");
  std::ranges::copy(factory.initial_weights(), replica->weights().begin());
  EXPECT_EQ(replica->compute_gradient(batches[0]), loss);
}

TEST_P(GpuReplica, ComputesOnTwoThreadsAtOnceWhatItComputesOnOne) {
  std::vector<float> ends[3];
  auto work = [&](std::vector<float>& end) {
    factory.prepare_thread();
    const auto replica = factory.make(gpu);
    for (int k = 0; k < 6; ++k) replica->compute_gradient(batches[static_cast<size_t>(k) % 3]);
    end = copy(replica->gradient());
  };
  std::thread one(work, std::ref(ends[0])), other(work, std::ref(ends[1]));
  one.join();
  other.join();
  std::thread(work, std::ref(ends[2])).join();
  EXPECT_EQ(ends[0], ends[1]);
  EXPECT_EQ(ends[0], ends[2]);
}

INSTANTIATE_TEST_SUITE_P(Of, GpuReplica, testing::ValuesIn(cases), [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace zenops
