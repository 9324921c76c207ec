#include "actors/retrieval.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

const std::vector<std::string> holders = {"evaluator", "worker/3"};

/// Versions 7 and 9 are there, and shards 0 and 2 fell.
Retrieval two_lost() {
  Retrieval retrieval;
  retrieval.made({7, 3, {71, 72, 73}});
  retrieval.made({9, 4, {91, 92, 93}});
  retrieval.lost(2);
  retrieval.lost(0);
  retrieval.begin();
  return retrieval;
}

TEST(RetrievalTest, AsksOneHolderAfterTheOtherForOneShardAfterTheOther) {
  Retrieval retrieval = two_lost();
  EXPECT_EQ(retrieval.target().version, 9u);
  EXPECT_EQ(retrieval.shard(), 0u);
  EXPECT_TRUE(retrieval.is(91));
  EXPECT_FALSE(retrieval.is(71)) << "that is of the version before";
  EXPECT_EQ(retrieval.next(holders), "evaluator");
  EXPECT_EQ(retrieval.next({"worker/5"}), "worker/3") << "whoever comes meanwhile has nothing of it";
  EXPECT_EQ(retrieval.asked(), "worker/3");
  EXPECT_FALSE(retrieval.arrived());
  EXPECT_EQ(retrieval.shard(), 2u);
  EXPECT_EQ(retrieval.next(holders), "evaluator") << "for the next all are asked again";
  EXPECT_TRUE(retrieval.arrived());
  EXPECT_FALSE(retrieval.done()) << "it is the newest version";
  EXPECT_EQ(retrieval.newest().version, 9u);
}

TEST(RetrievalTest, ThatNobodyHasThePartBringsEveryShardToTheVersionBefore) {
  Retrieval retrieval = two_lost();
  ASSERT_EQ(retrieval.next({"evaluator"}), "evaluator");
  EXPECT_FALSE(retrieval.arrived());
  ASSERT_EQ(retrieval.next({"evaluator"}), "evaluator");
  EXPECT_EQ(retrieval.next({"evaluator"}), "");
  EXPECT_TRUE(retrieval.take_the_one_before());
  EXPECT_EQ(retrieval.target().version, 7u);
  EXPECT_EQ(retrieval.shard(), 0u) << "it had its part of the other version";
  EXPECT_FALSE(retrieval.take_the_one_before()) << "there is no third";
  EXPECT_FALSE(retrieval.arrived());
  EXPECT_TRUE(retrieval.arrived());
  EXPECT_TRUE(retrieval.done());
  EXPECT_EQ(retrieval.newest().round, 3u);
  retrieval.lost(1);
  retrieval.begin();
  EXPECT_EQ(retrieval.shard(), 1u) << "the others have theirs";
  EXPECT_FALSE(retrieval.take_the_one_before());
}

TEST(RetrievalTest, AVersionThatShardsHaveLeftBehindIsNotGoneBackTo) {
  Retrieval retrieval = two_lost();
  retrieval.forget_the_one_before();
  EXPECT_FALSE(retrieval.take_the_one_before());
}

TEST(RetrievalTest, NobodyIsBelievedWhereNobodyKnowsTheHashes) {
  Retrieval retrieval;
  retrieval.lost(1);
  retrieval.begin();
  EXPECT_EQ(retrieval.next(holders), "");
  EXPECT_FALSE(retrieval.take_the_one_before());
  retrieval.ask_nobody();
  EXPECT_TRUE(retrieval.is(17)) << "of a part without numbers";
}

TEST(RetrievalTest, AfterABeginningAnewNothingIsLost) {
  Retrieval retrieval = two_lost();
  retrieval.begin_anew({12, 2, {1, 2, 3}});
  EXPECT_EQ(retrieval.newest().round, 2u);
  retrieval.lost(1);
  retrieval.begin();
  EXPECT_EQ(retrieval.shard(), 1u);
  EXPECT_FALSE(retrieval.take_the_one_before());
}

}  // namespace
}  // namespace zenops
