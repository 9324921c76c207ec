// What of an operator's words outlives the run: snapshots, evidence, the history.
#include <gmock/gmock.h>

#include "tests/actors/operated.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;

TEST(OperatorSnapshotsTest, ASnapshotThatWasAskedForIsOnTheDiskWhenItIsAnsweredAndTheRunGoesOnFromThere) {
  auto o = with_memory();
  o.snapshots = {.every = 100, .keep = 5};
  TemporaryFolder folder;
  const auto script = [](Desk& desk) {
    desk.step(3);
    desk.rule({{"trimmed_mean", {{"f", 1}}}});
    desk.step(2);
  };
  const auto expected = operate(o, script);
  const auto first = operate(
      o,
      [&](Desk& desk) {
        EXPECT_THAT(desk.save(), HasSubstr("no round is done yet"));
        script(desk);
        EXPECT_EQ(desk.save(), "saved round 5");
        EXPECT_TRUE(std::filesystem::exists(folder / "s" / "round-000005"));
        EXPECT_EQ(desk.save(), "saved round 5") << "once more";
        EXPECT_EQ(phase(desk.survey()), "paused");
        auto saved = desk.ask(Envelope::of<wire::SaveRun>());
        desk.resume();
        EXPECT_TRUE(saved.get()) << "though it goes on at once";
        EXPECT_THAT(desk.save(), testing::AnyOf(HasSubstr("saved round "), HasSubstr("the run has ended")))
            << "while rounds are under way";
      },
      [&](Training& training) { training.keep_snapshots(folder / "s"); });
  EXPECT_EQ(first.result.weights, expected.result.weights);

  for (const auto& one : std::filesystem::directory_iterator(folder / "s"))
    if (one.path().filename() != "round-000005") std::filesystem::remove_all(one.path());
  const auto snapshot = Snapshots(folder / "s", 1).newest([](const std::string& news) { ADD_FAILURE() << news; });
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->rule->rule.name, "trimmed_mean");
  const auto resumed = operate(
      o,
      [](Desk& desk) {
        EXPECT_STREQ(desk.survey()->getRule().cStr(), "trimmed_mean f=1");
        EXPECT_EQ(desk.survey()->getRound(), 5u);
      },
      [&](Training& training) { training.go_on_from(snapshot); });
  EXPECT_EQ(resumed.result.weights, expected.result.weights);
  EXPECT_EQ(facts(resumed.rounds), facts(expected.rounds, 6));
}

TEST(OperatorSnapshotsTest, WhatWasOrderedBeforeASnapshotIsInItThoughNoRoundHasBegunSince) {
  auto o = with_memory();
  o.snapshots = {.every = 100, .keep = 5};
  TemporaryFolder folder;
  const auto orders = [](Desk& desk) {
    desk.step(3);
    desk.lr(0.01f);
    desk.rule({{"trimmed_mean", {{"f", 1}}}});
    desk.attack(2, attack("negative", 3, 1, {}));
  };
  const auto expected = operate(o, orders);
  operate(
      o,
      [&](Desk& desk) {
        orders(desk);
        EXPECT_EQ(desk.save(), "saved round 3");
        desk.stop();
      },
      [&](Training& training) { training.keep_snapshots(folder / "s"); });
  const auto snapshot = Snapshots(folder / "s", 1).newest([](const std::string& news) { ADD_FAILURE() << news; });
  ASSERT_TRUE(snapshot);
  const auto resumed = operate(o, [](Desk&) {}, [&](Training& training) { training.go_on_from(snapshot); });
  EXPECT_EQ(resumed.result.weights, expected.result.weights);
}

TEST(OperatorSnapshotsTest, ARunThatIsStoppedAfterAnEvictionHasItsEvidence) {
  const auto r = operate(blobs(7), [](Desk& desk) {
    desk.step(2);
    desk.evict(1, "so");
    desk.stop();
  });
  ASSERT_EQ(r.result.evidence.size(), 1u);
  EXPECT_EQ(r.result.evidence[0].what, "evicted: so");
}

TEST(OperatorSnapshotsTest, TheNewestRoundIsInTheHistoryBeforeTheOneAfterIt) {
  operate(blobs(7), [](Desk& desk) {
    const auto standing = desk.step(3);
    EXPECT_EQ(standing->getHistory().size(), 3u);
    EXPECT_EQ(standing->getHistory()[2].getRound(), 3u);
  });
}

}  // namespace
}  // namespace zenops
