#include "actors/batches.hpp"

#include <gtest/gtest.h>

#include "actors/wire/training.capnp.h"

namespace zenops {
namespace {

UpdateBatch batch(uint32_t group, std::vector<uint32_t> workers) {
  UpdateBatch out{.group = group, .direction = 0, .alpha = 0.5, .lr = 1, .updates = {}, .staleness = {}};
  for (const uint32_t worker : workers) out.updates.push_back({worker, 1, 1, true, 0, 0});
  return out;
}
const Envelope plan = Envelope::of<wire::Plan>();

TEST(BatchesTest, OfAGroupOneIsAtTheShardsInTheOrderOfTheirNumbers) {
  Batches batches(2);
  EXPECT_TRUE(batches.add(4, batch(0, {0})));
  EXPECT_FALSE(batches.add(5, batch(0, {2})));
  EXPECT_TRUE(batches.add(6, batch(1, {1}))) << "the other group's do not wait for it";
  EXPECT_EQ(batches.at_shards(0), 4u);
  batches.pass(0);
  EXPECT_EQ(batches.at_shards(0), 5u);
  batches.pass(0);
  EXPECT_EQ(batches.at_shards(0), std::nullopt);
  EXPECT_EQ(batches.at(5).updates[0].worker, 2u) << "it is still to be folded";
}

TEST(BatchesTest, TheFirstWordDecidesAndOnlyItsOwnValidatorHasOne) {
  Batches batches(2);
  batches.add(4, batch(0, {0}));
  EXPECT_FALSE(batches.plan(4, 1, plan)) << "another group's";
  EXPECT_FALSE(batches.plan(9, 0, plan)) << "there is none";
  EXPECT_FALSE(batches.at(4).decided());
  EXPECT_TRUE(batches.plan(4, 0, plan));
  EXPECT_FALSE(batches.plan(4, 0, plan));
  EXPECT_FALSE(batches.abandon(4));
  EXPECT_TRUE(batches.at(4).plan.has_value());
  batches.add(5, batch(0, {0}));
  EXPECT_TRUE(batches.abandon(5));
  EXPECT_FALSE(batches.plan(5, 0, plan)) << "it comes too late";
  EXPECT_TRUE(batches.at(5).decided());
  batches.folded(5);
  EXPECT_FALSE(batches.abandon(5));
}

TEST(BatchesTest, AnUpdateIsFoundByItsWorker) {
  const UpdateBatch three = batch(0, {7, 2, 9});
  EXPECT_EQ(three.place_of(2), 1u);
  EXPECT_EQ(three.place_of(9), 2u);
}

}  // namespace
}  // namespace zenops
