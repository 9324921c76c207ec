#include "actors/saving.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

ActorState state(const std::string& name, std::vector<float> numbers) {
  ActorState out;
  Row row(std::shared_ptr<float[]>(new float[numbers.size()]), 0, numbers.size());
  std::ranges::copy(numbers, row.mutable_view().begin());
  out.tensors[name] = row;
  return out;
}

TEST(SavingTest, IsWholeWithTheLastStateAndPutsTheShardsTogetherInTheirOrder) {
  Saving saving;
  saving.begin(1, {"shard/0", "shard/1"}, {"worker/0"});
  EXPECT_FALSE(saving.offer("shard/1", state("parameters", {3, 4})));
  EXPECT_FALSE(saving.offer("worker/7", state("momentum", {9}))) << "nobody asked it";
  EXPECT_FALSE(saving.offer("worker/0", state("momentum", {5})));
  EXPECT_FALSE(saving.offer("worker/0", state("momentum", {6}))) << "the first word counts";
  EXPECT_TRUE(saving.awaits("shard/0"));
  EXPECT_TRUE(saving.offer("shard/0", state("parameters", {1, 2})));
  const Snapshot snapshot = saving.take();
  ASSERT_EQ(snapshot.model.at("parameters").size(), 2u);
  EXPECT_EQ(snapshot.model.at("parameters")[0].view()[0], 1);
  EXPECT_EQ(snapshot.trainees.size(), 1u);
  EXPECT_EQ(snapshot.trainees.at("worker/0").tensor("momentum").view()[0], 5);
}

TEST(SnapshotTest, GivesAShardItsPieceHoweverManyThereWere) {
  Snapshot snapshot;
  snapshot.model["parameters"] = {state("", {0, 1, 2}).tensor(""), state("", {3, 4}).tensor(""),
                                  state("", {5, 6, 7}).tensor("")};
  for (size_t first = 0; first <= 8; ++first)
    for (size_t last = first + 1; last <= 8; ++last) {
      const Row piece = state_of_shard(snapshot, {0, 1, first, last - first}).tensor("parameters");
      ASSERT_EQ(piece.size(), last - first);
      for (size_t i = first; i < last; ++i) EXPECT_EQ(piece.view()[i - first], static_cast<float>(i));
    }
}

TEST(SnapshotTest, OfAnotherModelIsRefused) {
  Snapshot snapshot;
  EXPECT_EQ(objection(snapshot, 2), "it has no parameters");
  snapshot.model["parameters"] = {state("", {1, 2}).tensor("")};
  EXPECT_EQ(objection(snapshot, 2), std::nullopt);
  EXPECT_EQ(objection(snapshot, 3), "it is of another model: parameters has 2 numbers, the model has 3 parameters");
  snapshot.trainees["worker/0"] = state("momentum", {1});
  EXPECT_EQ(objection(snapshot, 2),
            "it is of another model: worker/0/momentum has 1 numbers, the model has 2 parameters");
}

}  // namespace
}  // namespace zenops
