#include "actors/reputation.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/philox.hpp"

namespace zenops {
namespace {

/// Rounds of workers who are described one by one.
class Rounds {
 public:
  explicit Rounds(ReputationOptions options, uint32_t workers) : reputation(options), incarnations(workers, 1) {}

  WorkerReport answered(uint32_t accepted, uint32_t refused) const {
    WorkerReport worker;
    worker.state = "answered";
    worker.accepted = accepted;
    if (refused > 0) worker.refused["opposes"] = refused;
    return worker;
  }
  WorkerReport in_state(const std::string& state) const {
    WorkerReport worker;
    worker.state = state;
    if (state != "absent" && state != "lost" && state != "inactive") worker.refused[state] = 4;
    return worker;
  }
  /// One whose messages are refused by chance.
  WorkerReport by_chance(double rate, uint32_t messages, uint32_t w) const {
    Stream random({.seed = seed, .role = Role::worker, .index = w, .purpose = Purpose::noise, .step = round});
    uint32_t refused = 0;
    for (uint32_t m = 0; m < messages; ++m) refused += random.uniform() < rate;
    return answered(messages - refused, refused);
  }
  std::vector<Reputation::Change> next(const std::function<WorkerReport(uint32_t)>& of) {
    RoundReport report;
    report.round = ++round;
    const auto quarantined = reputation.quarantined();
    for (uint32_t w = 0; w < incarnations.size(); ++w) {
      WorkerReport worker = of(w);
      worker.worker = w;
      worker.incarnation = incarnations[w];
      if (quarantined.contains(w)) {
        worker.quarantined = true;
        worker.would_accept = std::exchange(worker.accepted, 0);
        for (const auto& [reason, count] : std::exchange(worker.refused, {})) worker.would_refuse += count;
      }
      report.workers.push_back(worker);
    }
    return reputation.after(report);
  }

  Reputation reputation;
  std::vector<uint32_t> incarnations;
  uint32_t round = 0;
  uint64_t seed = 1;
};

TEST(ReputationTest, HonestWorkersWithBadLuckAreNeverEvicted) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rounds r({}, 15);
    r.seed = seed;
    for (int k = 0; k < 1000; ++k)
      for (const auto& change : r.next([&](uint32_t w) { return r.by_chance(0.1, 1, w); }))
        ASSERT_LT(change.to, Standing::quarantined) << change.why;
  }
}

TEST(ReputationTest, ALiarIsEvictedWithinTheRoundsThatAreDocumentedStepByStep) {
  uint32_t at_once = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rounds r({}, 15);
    r.seed = seed;
    std::vector<Standing> steps;
    while (r.round < 60 && r.reputation.standing(3) != Standing::evicted)
      for (const auto& change : r.next([&](uint32_t w) { return r.by_chance(w == 3 ? 0.8 : 0.1, 1, w); }))
        if (change.worker == 3) steps.push_back(change.to);
    ASSERT_EQ(r.reputation.standing(3), Standing::evicted);
    ASSERT_EQ(steps, (std::vector{Standing::warned, Standing::quarantined, Standing::evicted}));
    ASSERT_GE(r.round, 22u);
    at_once += r.round == 22;
  }
  EXPECT_GT(at_once, 60u);
}

TEST(ReputationTest, NobodyIsEvictedByARuleThatRefusesNearlyEverybody) {
  // Krum takes one of fifteen.
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Rounds r({}, 15);
    r.seed = seed;
    for (int k = 0; k < 500; ++k) {
      const uint32_t chosen =
          Stream({.seed = seed, .role = Role::data, .purpose = Purpose::order, .step = r.round}).below(15);
      for (const auto& change : r.next([&](uint32_t w) { return r.answered(w == chosen, w != chosen); }))
        ASSERT_LT(change.to, Standing::quarantined) << change.why;
    }
  }
}

TEST(ReputationTest, NothingHappensBeforeEnoughWasSeen) {
  Rounds r({.least = 30}, 5);
  for (int k = 0; k < 29; ++k) ASSERT_TRUE(r.next([&](uint32_t w) { return r.answered(w != 0, w == 0); }).empty());
  const auto changes = r.next([&](uint32_t w) { return r.answered(w != 0, w == 0); });
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].worker, 0u);
  EXPECT_EQ(changes[0].to, Standing::warned);
  EXPECT_EQ(
      changes[0].why,
      "100 % of what it sent in its last 30 answers was refused, 0 % is usual: an excess of 100 %, 30 % is allowed");
  EXPECT_EQ(changes[0].numbers.answers, 30u);
  EXPECT_EQ(changes[0].numbers.refused, 30u);
}

TEST(ReputationTest, ProofsOfALieNeedNoStatistics) {
  for (const auto* lie : {"not finite", "wrong shape", "duplicate", "malformed"}) {
    Rounds r({.proofs = 3}, 5);
    const auto round = [&] { return r.next([&](uint32_t w) { return w == 2 ? r.in_state(lie) : r.answered(4, 0); }); };
    EXPECT_EQ(round().at(0).to, Standing::warned);
    EXPECT_EQ(round().at(0).to, Standing::quarantined);
    const auto last = round();
    EXPECT_EQ(last.at(0).to, Standing::evicted);
    EXPECT_EQ(last.at(0).why, "3 rows of its last 3 answers proved a lie, 3 evict it");
  }
  Rounds strict({.proofs = 1}, 5);
  EXPECT_EQ(
      strict.next([&](uint32_t w) { return w == 2 ? strict.in_state("not finite") : strict.answered(4, 0); }).at(0).to,
      Standing::evicted);
}

TEST(ReputationTest, NobodyIsALiarBecauseTheTrainingDiverged) {
  Rounds r({}, 5);
  for (int k = 0; k < 100; ++k)
    ASSERT_TRUE(r.next([&](uint32_t w) { return w == 0 ? r.answered(4, 0) : r.in_state("not finite"); }).empty());
}

TEST(ReputationTest, WhomTheOperatorReadmitsIsJudgedFromTheBeginning) {
  Rounds r({.proofs = 3}, 5);
  const auto lie = [&] { return r.next([&](uint32_t w) { return w == 2 ? r.in_state("not finite") : r.answered(4, 0); }); };
  lie();
  r.reputation.readmit(2);
  EXPECT_EQ(r.reputation.standing(2), Standing::warned) << "it was not in quarantine";
  lie();
  ASSERT_EQ(r.reputation.standing(2), Standing::quarantined);
  r.reputation.readmit(2);
  EXPECT_EQ(r.reputation.standing(2), Standing::trusted);
  EXPECT_TRUE(r.reputation.enters(2, 1));
  EXPECT_EQ(lie().at(0).to, Standing::warned) << "what it did before is forgotten";
}

TEST(ReputationTest, WhomTheOperatorEvictsIsBarredAndItsSuccessorIsNot) {
  Rounds r({}, 5);
  r.reputation.evict(2, 1);
  EXPECT_TRUE(r.reputation.barred(2, 1));
  EXPECT_FALSE(r.reputation.enters(2, 1));
  EXPECT_TRUE(r.reputation.enters(2, 2));
  r.incarnations[2] = 2;
  r.next([&](uint32_t) { return r.answered(4, 0); });
  EXPECT_EQ(r.reputation.standing(2), Standing::trusted);
}

TEST(ReputationTest, SilenceWarnsAndNoMoreAndCrashesAreOnlyCounted) {
  Rounds r({}, 3);
  std::vector<Reputation::Change> all;
  for (int k = 0; k < 300; ++k)
    for (auto& c :
         r.next([&](uint32_t w) { return w == 0 ? r.answered(1, 0) : r.in_state(w == 1 ? "absent" : "lost"); }))
      all.push_back(c);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].worker, 1u);
  EXPECT_EQ(all[0].to, Standing::warned);
  EXPECT_EQ(all[0].why, "nothing came of it in 20 of its last 20 rounds");
  all.clear();
  for (int k = 0; k < 60; ++k)
    for (auto& c : r.next([&](uint32_t) { return r.answered(1, 0); })) all.push_back(c);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].to, Standing::trusted);
}

TEST(ReputationTest, WhoIsNotChosenOrNotJudgedIsNotSeen) {
  Rounds r({}, 3);
  for (int k = 0; k < 200; ++k)
    ASSERT_TRUE(r.next([&](uint32_t w) {
                   WorkerReport worker = r.in_state("inactive");
                   if (w == 1) {
                     worker.state = "answered";
                     worker.refused = {{"not judged", 4}};
                   }
                   return worker;
                 }).empty());
}

TEST(ReputationTest, InQuarantineTheReformedAreTrustedAgainAndTheOthersEvicted) {
  ReputationOptions options{.evict = 0.9, .readmit = 20};
  Rounds r(options, 7);
  const auto rates = [&](double of_0) {
    return [&r, of_0](uint32_t w) { return r.by_chance(w == 0 ? of_0 : 0.0, 10, w); };
  };
  while (r.reputation.standing(0) != Standing::quarantined) r.next(rates(0.7));
  ASSERT_LE(r.round, 25u);
  EXPECT_EQ(r.reputation.quarantined(), std::set<uint32_t>{0});
  std::vector<Reputation::Change> all;
  for (int k = 0; k < 19; ++k) ASSERT_TRUE(r.next(rates(0)).empty());
  all = r.next(rates(0));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].to, Standing::trusted);
  EXPECT_EQ(all[0].why, "its last 20 rows would have been accepted");
  while (r.reputation.standing(0) != Standing::quarantined) r.next(rates(0.7));
  for (int k = 0; k < 100; ++k) r.next(rates(0.7));
  EXPECT_EQ(r.reputation.standing(0), Standing::quarantined) << "who does not reform stays";
  for (int k = 0; k < 100; ++k) r.next(rates(1));
  EXPECT_EQ(r.reputation.standing(0), Standing::evicted);
}

TEST(ReputationTest, ARestartedWorkerKeepsItsRecordAndTheOneAfterAnEvictionDoesNot) {
  Rounds r({}, 5);
  const auto lies = [&](uint32_t w) { return r.answered(w != 0, w == 0); };
  for (int k = 0; k < 15; ++k) r.next(lies);
  r.incarnations[0] = 2;  // it crashes to have its record forgotten
  for (int k = 0; k < 7; ++k) r.next(lies);
  EXPECT_EQ(r.reputation.standing(0), Standing::evicted);
  EXPECT_TRUE(r.reputation.barred(0, 1));
  EXPECT_TRUE(r.reputation.barred(0, 2));
  EXPECT_FALSE(r.reputation.barred(0, 3));
  for (int k = 0; k < 100; ++k) EXPECT_TRUE(r.next([&](uint32_t) { return r.answered(1, 0); }).empty()) << "for ever";
  r.incarnations[0] = 3;
  r.next([&](uint32_t) { return r.answered(1, 0); });
  EXPECT_EQ(r.reputation.standing(0), Standing::trusted);
  r.incarnations[0] = 2;  // a late word about the one before
  r.next(lies);
  EXPECT_EQ(r.reputation.standing(0), Standing::trusted);
}

TEST(ReputationTest, ARoundThatIsToldAgainChangesNothing) {
  Rounds r({}, 5);
  for (int k = 0; k < 100; ++k) {
    r.round = 0;  // it was opened again, from a snapshot
    ASSERT_TRUE(r.next([&](uint32_t w) { return r.answered(w != 0, w == 0); }).empty());
  }
}

TEST(ReputationTest, RowsOfTheQuarantinedAndTheBarredDoNotEnter) {
  Rounds r({}, 5);
  const auto lies = [&](uint32_t w) { return r.answered(w != 0, w == 0); };
  while (r.reputation.standing(0) != Standing::warned) r.next(lies);
  EXPECT_TRUE(r.reputation.enters(0, 1));
  r.next(lies);
  EXPECT_FALSE(r.reputation.enters(0, 1));
  r.next(lies);
  EXPECT_EQ(r.reputation.standing(0), Standing::evicted);
  EXPECT_FALSE(r.reputation.enters(0, 1));
  EXPECT_TRUE(r.reputation.enters(0, 2)) << "another has taken its place";
  EXPECT_TRUE(r.reputation.enters(1, 1));
}

}  // namespace
}  // namespace zenops
