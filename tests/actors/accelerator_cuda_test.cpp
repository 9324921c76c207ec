// What only a card can show: runs whose shards have one. Each skips itself where there is none.
#include <gtest/gtest.h>

#include "aggregation/cuda/device.hpp"
#include "tests/actors/blobs.hpp"
#include "tests/actors/trained.hpp"

namespace zenops {
namespace {

TEST(AcceleratorCudaTest, ARunWhoseShardsHaveACardHasTheProcessorsBits) {
  if (cuda::cards().empty()) GTEST_SKIP() << "no GPU: " << cuda::why_no_cards();
  for (const auto& [name, f] :
       {std::pair("average", 0), {"trimmed_mean", 2}, {"multi_krum", 2}, {"centered_clipping", 0}}) {
    auto o = blobs(7, 1, 2);
    o.data.parameters = {{"features", 50'000}};  // segments that are worth the way
    o.rule = {.name = name, .parameters = {}};
    if (f > 0) o.rule.parameters["f"] = f;
    o.attacks = {attack("random", 3, 0.2)};
    const auto expected = run(o);
    o.placement.shards.gpus = 0.5;
    EXPECT_EQ(run(o).result.weights, expected.result.weights) << name;
  }
}

}  // namespace
}  // namespace zenops
