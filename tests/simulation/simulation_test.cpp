// Synchronous training in a simulated cluster: many seeds, each with its own delays, losses, cuts, freezes and crashes.
// One of them again, with what happened last: ZENOPS_SEED=17 build/release/zenops_simulation_test
// --gtest_filter='Seeds/*/0'. More of them: ZENOPS_SEEDS=20000.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/simulation/training.hpp"

namespace zenops::simulation {
namespace {

std::optional<uint64_t> only_seed() {
  const char* text = std::getenv("ZENOPS_SEED");
  return text ? std::optional<uint64_t>(std::stoull(text)) : std::nullopt;
}

std::string again(uint64_t seed) {
  return "again: ZENOPS_SEED=" + std::to_string(seed) +
         " build/release/zenops_simulation_test --gtest_filter='Seeds/*/0'";
}

/// The same run without faults.
Scenario undisturbed(Scenario scenario) {
  scenario.faults = scenario.pauses = 0;
  scenario.inject.clear();
  scenario.cluster.network.lost = scenario.cluster.network.twice = 0;
  return scenario;
}

struct Totals {
  uint32_t runs = 0, done = 0, exact_done = 0, compared = 0, restored = 0, recalled = 0;
  Counts counts;
};

/// Empty: all was as it must be.
std::string judge(uint64_t seed, Totals& totals) {
  const Scenario scenario = Scenario::of(seed);
  if (only_seed()) std::cout << scenario.describe() << std::endl;
  const Outcome outcome = run(scenario);
  ++totals.runs;
  totals.done += !outcome.failed;
  totals.restored += outcome.restored;
  totals.recalled += outcome.recalled;
  totals.counts.fenced += outcome.counts.fenced;
  totals.counts.restarts += outcome.counts.restarts;
  totals.counts.silences += outcome.counts.silences;
  totals.counts.quits += outcome.counts.quits;
  totals.counts.held_up += outcome.counts.held_up;
  std::string wrong = outcome.violation;
  if (wrong.empty() && scenario.exact && !outcome.failed) {
    ++totals.exact_done;
    const Outcome calm = run(undisturbed(scenario));
    if (!calm.violation.empty() || calm.failed) wrong = "without faults: " + calm.violation + calm.failed.value_or("");
    totals.compared += !outcome.inexact && !calm.inexact;
    if (wrong.empty() && !outcome.inexact && !calm.inexact && calm.weights != outcome.weights)
      wrong = "the bits are not those of the run without faults";
  }
  if (only_seed())
    std::cout << outcome.story << "ended after " << outcome.seconds
              << " s: " << outcome.failed.value_or("all rounds are done") << "\n";
  if (wrong.empty()) return {};
  return wrong + "\n" + scenario.describe() + "\n" + outcome.story + again(seed);
}

class SimulationTest : public testing::TestWithParam<uint32_t> {};
constexpr uint32_t parts = 8;

/// A thousand, or as many as ZENOPS_SEEDS says.
uint64_t seeds() {
  const char* text = std::getenv("ZENOPS_SEEDS");
  return text ? std::strtoull(text, nullptr, 10) : 1000;
}

// A run that had failed went on; the last rounds, made again, had a note that nobody was told; a plan lacked its
// workers; a worker was told a second time to go back, in the middle of a round.
TEST(SimulationStories, WhatOnceWentWrong) {
  Totals totals;
  for (const uint64_t seed : {5209u, 5907u, 7692u, 47721u}) {
    const std::string wrong = judge(seed, totals);
    EXPECT_TRUE(wrong.empty()) << wrong;
  }
}

TEST_P(SimulationTest, WhateverHappensRoundsFollowEachOtherAndRowsAddUp) {
  Totals totals;
  if (const auto seed = only_seed()) {
    const std::string wrong = judge(*seed, totals);
    EXPECT_TRUE(wrong.empty()) << wrong;
    return;
  }
  for (uint64_t seed = 1 + GetParam(); seed <= seeds(); seed += parts) {
    const std::string wrong = judge(seed, totals);
    EXPECT_TRUE(wrong.empty()) << wrong;
  }
  // Otherwise it would simulate nothing worth it.
  EXPECT_GT(totals.done, totals.runs / 2);
  EXPECT_GT(totals.compared, 5u);
  EXPECT_GT(totals.restored, 10u);
  EXPECT_GT(totals.recalled, 5u);
  EXPECT_GT(totals.counts.fenced, 10u);
  EXPECT_GT(totals.counts.restarts, 50u);
  EXPECT_GT(totals.counts.silences, 10u);
  EXPECT_GT(totals.counts.quits, 2u);
  std::cout << totals.runs << " runs, " << totals.done << " done, " << totals.exact_done << " of them exact and "
            << totals.compared << " compared, back " << totals.restored << " times, " << totals.recalled
            << " parts recalled, " << totals.counts.restarts << " restarts, " << totals.counts.silences << " silences, "
            << totals.counts.fenced << " messages fenced, " << totals.counts.quits << " processes fenced\n";
}
INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTest, testing::Range(0u, parts));

TEST(SimulationOfLiarsTest, ACommandRepeatsARunToTheLastEvent) {
  for (const uint64_t seed : {3u, 11u, 42u}) {
    const Outcome first = run(Scenario::of(seed)), second = run(Scenario::of(seed));
    EXPECT_EQ(first.story, second.story);
    EXPECT_EQ(first.weights, second.weights);
    EXPECT_EQ(first.counts.messages, second.counts.messages);
  }
}

TEST(SimulationOfLiarsTest, WithoutFencingSomeSeedTells) {
  uint32_t caught = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Scenario scenario = Scenario::of(seed);
    scenario.cluster.fencing = false;
    caught += !run(scenario).violation.empty();
  }
  EXPECT_GT(caught, 0u);
  std::cout << caught << " of 200\n";
}

TEST(SimulationOfLiarsTest, ANumberChangedOnItsWayIsNoticed) {
  uint32_t caught = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Scenario scenario = Scenario::of(seed);
    scenario.cluster.honest = false;
    caught += !run(scenario).violation.empty();
  }
  EXPECT_GT(caught, 10u);
}

}  // namespace
}  // namespace zenops::simulation
