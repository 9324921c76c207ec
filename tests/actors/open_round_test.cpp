#include "actors/open_round.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

Envelope plan(uint32_t worker, wire::State state = wire::State::TAKEN, const char* stop = nullptr) {
  return Envelope::of<wire::Plan>([&](wire::Plan::Builder out) {
    out.initWorkers(1).set(0, worker);
    out.initRows(1)[0].setWorker(worker);
    out.getRows()[0].setState(state);
    if (!stop) return;
    out.setStop(true);
    out.setNote(stop);
  });
}

Envelope committed(uint64_t hash, uint32_t worker, const char* sha256) {
  return Envelope::of<wire::Committed>([&](wire::Committed::Builder out) {
    out.setHash(hash);
    auto row = out.initRows(1)[0];
    row.setWorker(worker);
    row.setSha256(sha256);
  });
}

bool offer(OpenRound& round, uint32_t group, const Envelope& plan) { return round.plan(group, Msg<wire::Plan>(plan)); }
bool commit(OpenRound& round, uint32_t shard, const Envelope& part) {
  return round.committed(shard, *Msg<wire::Committed>(part));
}
/// Who enters, by group.
std::vector<uint32_t> applied(const OpenRound& round) {
  const Envelope envelope = Envelope::of<wire::Apply>([&](wire::Apply::Builder out) { round.write(out); });
  const Msg<wire::Apply> apply(envelope);
  std::vector<uint32_t> out;
  for (auto plan : apply->getPlans()) out.push_back(plan.getWorkers()[0]);
  return out;
}

TEST(OpenRoundTest, IsDecidedWithThePlanOfTheLastGroupAndTheFirstPlanOfEachCounts) {
  OpenRound round;
  round.begin(2, 1);
  EXPECT_FALSE(offer(round, 1, plan(11)));
  EXPECT_FALSE(offer(round, 1, plan(99))) << "it has said another one";
  EXPECT_FALSE(offer(round, 2, plan(98))) << "there is no such group";
  EXPECT_FALSE(round.has_plan(0));
  EXPECT_TRUE(offer(round, 0, plan(10)));
  EXPECT_FALSE(offer(round, 0, plan(97))) << "it was decided before";
  EXPECT_EQ(applied(round), (std::vector<uint32_t>{10, 11}));
}

TEST(OpenRoundTest, WithoutAGroupsPlanTheOthersAreApplied) {
  OpenRound round;
  round.begin(3, 1);
  offer(round, 2, plan(12));
  EXPECT_EQ(round.plan_of(0), nullptr);
  EXPECT_EQ(applied(round), std::vector<uint32_t>{12});
}

TEST(OpenRoundTest, KnowsWhoFellWithoutItsRowAndWhoWantsAnEnd) {
  OpenRound round;
  round.begin(2, 1);
  offer(round, 0, plan(1));
  EXPECT_FALSE(round.lost_a_row());
  EXPECT_EQ(round.stop(), std::nullopt);
  offer(round, 1, plan(2, wire::State::LOST, "too few rows"));
  EXPECT_TRUE(round.lost_a_row());
  EXPECT_EQ(round.stop(), "too few rows");
  round.begin(2, 1);
  EXPECT_FALSE(round.lost_a_row()) << "that was another round";
}

TEST(OpenRoundTest, IsMadeWhenEveryShardHasToldItsPart) {
  OpenRound round;
  round.begin(1, 3);
  EXPECT_FALSE(commit(round, 2, committed(72, 4, "c")));
  EXPECT_FALSE(commit(round, 2, committed(72, 4, "c"))) << "it is one shard";
  EXPECT_FALSE(commit(round, 3, committed(73, 4, "d"))) << "there is no such shard";
  EXPECT_FALSE(commit(round, 0, committed(70, 4, "a")));
  EXPECT_TRUE(commit(round, 1, committed(71, 5, "b")));
  EXPECT_EQ(round.hashes(), (std::vector<uint64_t>{70, 71, 72}));
  EXPECT_EQ(round.hashes_of(4), (std::vector<std::string>{"a", "", "c"}));
  EXPECT_TRUE(round.hashes_of(6).empty());
}

TEST(OpenRoundTest, TheMeanLossIsThatOfThoseWhoHadSomethingToTrain) {
  OpenRound round;
  EXPECT_EQ(round.mean_loss(), std::nullopt);
  round.worked(1, 4.0);
  round.worked(2, std::nullopt);
  round.worked(5, 7.0);
  EXPECT_EQ(round.mean_loss(), 5.5);
  EXPECT_EQ(round.losses().size(), 3u);
}

}  // namespace
}  // namespace zenops
