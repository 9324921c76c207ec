#include "models/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "models/partition.hpp"

namespace zenops {
namespace {

class SamplerTest : public testing::Test {
 protected:
  std::vector<uint32_t> batch(const Sampler& sampler, uint64_t step) {
    std::vector<uint32_t> indices;
    sampler.batch(step, indices);
    return indices;
  }
  const Partition partition_{PartitionKind::contiguous, 202, 1, 8, 1};
  const std::span<const uint32_t> part_ = partition_.part(1);  // 101 samples: 12 batches of 8 and a rest of 5
  const Sampler sampler_{part_, 8, 1, Role::worker, 0};
};

TEST_F(SamplerTest, TakesNoSampleTwiceInAnEpoch) {
  for (uint64_t epoch : {0, 1, 2}) {
    std::set<uint32_t> seen;
    for (uint64_t step = 12 * epoch; step < 12 * (epoch + 1); ++step)
      for (uint32_t i : batch(sampler_, step)) {
        EXPECT_NE(std::find(part_.begin(), part_.end(), i), part_.end());
        seen.insert(i);
      }
    EXPECT_EQ(seen.size(), 12u * 8) << "epoch " << epoch;
  }
}

TEST_F(SamplerTest, IsAPureFunctionOfTheStep) {
  const auto late = batch(sampler_, 1000), early = batch(sampler_, 3);
  EXPECT_EQ(batch(sampler_, 3), early);
  EXPECT_EQ(batch(Sampler(part_, 8, 1, Role::worker, 0), 1000), late);
}

TEST_F(SamplerTest, OrdersEveryEpochAnew) { EXPECT_NE(batch(sampler_, 0), batch(sampler_, 12)); }

TEST_F(SamplerTest, OrdersDifferBetweenSeedsRolesAndIndices) {
  const auto mine = batch(sampler_, 0);
  EXPECT_NE(batch(Sampler(part_, 8, 2, Role::worker, 0), 0), mine);
  EXPECT_NE(batch(Sampler(part_, 8, 1, Role::validator, 0), 0), mine);
  EXPECT_NE(batch(Sampler(part_, 8, 1, Role::worker, 1), 0), mine);
}

TEST_F(SamplerTest, AugmentsEveryStepOfEverybodyDifferently) {
  const auto first = [](const Sampler& sampler, uint64_t step) {
    return Stream(sampler.stream(Purpose::augment, step)).word();
  };
  const uint32_t mine = first(sampler_, 3);
  EXPECT_EQ(first(Sampler(part_, 8, 1, Role::worker, 0), 3), mine);
  EXPECT_NE(first(sampler_, 4), mine);
  EXPECT_NE(first(Sampler(part_, 8, 1, Role::worker, 1), 3), mine);
  EXPECT_NE(first(Sampler(part_, 8, 1, Role::validator, 0), 3), mine);
  EXPECT_NE(first(Sampler(part_, 8, 2, Role::worker, 0), 3), mine);
}

TEST_F(SamplerTest, APartOfOneBatchIsAnEpoch) {
  const Sampler sampler(part_.subspan(0, 8), 8, 1, Role::worker, 0);
  for (uint64_t step : {0, 1, 2}) {
    auto indices = batch(sampler, step);
    std::sort(indices.begin(), indices.end());
    EXPECT_TRUE(std::equal(indices.begin(), indices.end(), part_.begin()));
  }
}

}  // namespace
}  // namespace zenops
