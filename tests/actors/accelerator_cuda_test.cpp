// What only a card can show: runs whose shards have one. Each skips itself where there is none.
#include <gtest/gtest.h>

#include "aggregation/cuda/device.hpp"
#include "tests/actors/blobs.hpp"
#include "tests/actors/trained.hpp"
#include "tests/aggregation/counted.hpp"

namespace zenops {
namespace {

TEST(AcceleratorCudaTest, ARunWhoseShardsHaveACardHasTheProcessorsBits) {
  if (cuda::cards().empty()) GTEST_SKIP() << "no GPU: " << cuda::why_no_cards();
  for (const auto& [name, f] :
       {std::pair("average", 0), {"trimmed_mean", 2}, {"multi_krum", 2}, {"centered_clipping", 0}}) {
    // Segments of 8192 numbers: of 32 rows and more they are worth the way (kWorthCopying).
    auto o = blobs(40, 1, 2);
    o.data.parameters = {{"features", 50'000}, {"train", 400}, {"test", 40}};
    o.data.batch = 4;
    o.train.rounds = 3;
    o.train.local_steps = 1;
    o.rule = {.name = name, .parameters = {}};
    if (f > 0) o.rule.parameters["f"] = f;
    o.attacks = {attack("random", 3, 0.2)};
    const auto expected = run(o);
    o.placement.shards.gpus = 0.5;
    const auto counts = std::make_shared<Counted::Counts>();
    Catalogue catalogue;
    catalogue.accelerator = [counts](const ShardsGpu& gpu) { return std::make_shared<Counted>(accelerator_of(gpu), counts); };
    EXPECT_EQ(run(o, catalogue).result.weights, expected.result.weights) << name;
    EXPECT_GT(counts->combined, 0) << name << ": nothing reached the card";
    EXPECT_EQ(counts->measured > 0,
              name == std::string_view("multi_krum") || name == std::string_view("centered_clipping"))
        << name;
  }
}

}  // namespace
}  // namespace zenops
