#include "models/peers.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

class TorchPeers : public testing::TestWithParam<Device::Kind> {
 protected:
  std::vector<float> of(TorchWork work) const {
    const float* const rows[] = {numbers[0], numbers[1], numbers[2], numbers[3]};
    const auto peer = make_torch_peer(work, rows, 3, {.kind = GetParam()});
    peer->run(2);
    return peer->result();
  }
  const float numbers[4][3] = {{4, -1, 0}, {1, -1, 3}, {3, 8, 0}, {2, 7, 0}};
};

TEST_P(TorchPeers, DoWhatOursDo) {
  EXPECT_THAT(of(TorchWork::sort), ElementsAre(1, -1, 0, 2, -1, 0, 3, 7, 0, 4, 8, 3));
  EXPECT_THAT(of(TorchWork::median), ElementsAre(2, -1, 0)) << "of four the second";
  const float near = std::sqrt(18.f), far = std::sqrt(82.f), other = std::sqrt(68.f), one = std::sqrt(94.f),
              two = std::sqrt(74.f), next = std::sqrt(2.f);
  const std::vector<float> table = {0, near, far, other, near, 0, one, two, far, one, 0, next, other, two, next, 0};
  EXPECT_THAT(of(TorchWork::differences), Pointwise(FloatNear(1e-5f), table));
  EXPECT_THAT(of(TorchWork::products), Pointwise(FloatNear(1e-2f), table));
}

INSTANTIATE_TEST_SUITE_P(On, TorchPeers, testing::Values(Device::Kind::cores, Device::Kind::apart),
                         [](const auto& info) { return info.param == Device::Kind::cores ? "cores" : "memory_apart"; });

}  // namespace
}  // namespace zenops
