#include "models/plain_loop.hpp"

#include <gtest/gtest.h>

#include "models/local_training.hpp"
#include "tests/models/random_batch.hpp"

namespace zenops {
namespace {

class PlainLoopTest : public testing::TestWithParam<const char*> {};

// Two ways to write the same steps: torch's own modules and optimizer have the same losses as the replica and ours.
TEST_P(PlainLoopTest, TrainsAsTheReplicaDoes) {
  constexpr float lr = .01f, momentum = .9f;
  const ImageSize image = Models::standard().find(GetParam())->wants.value_or(ImageSize{28, 28, 1});
  const InputShape input{image.height, image.width, image.channels, 10};
  const ReplicaFactory factory({.name = GetParam()}, input, 1);
  const auto replica = factory.make();
  const auto plain =
      make_plain_loop({GetParam(), input, factory.layout(), factory.initial_weights(), lr, momentum});
  const Optimizer nag({.name = "nag", .lr = lr, .momentum = momentum}, factory.layout());
  std::vector<float> buffer(factory.layout().dimension());
  float first = 0, last = 0;
  for (uint32_t step = 0; step < 4; ++step) {
    const Batch batch = random_batch(input, 8, step % 2);
    last = replica->compute_gradient(batch);
    if (step == 0) first = last;
    nag.step(replica->weights(), buffer, replica->gradient(), lr);
    EXPECT_NEAR(plain->step(batch), last, 2e-3f * last) << "step " << step;
  }
  EXPECT_NE(first, last) << "nothing was trained";
}
INSTANTIATE_TEST_SUITE_P(Of, PlainLoopTest, testing::Values("mlp", "cnn_mnist", "cifar_resnet20_v1"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace zenops
