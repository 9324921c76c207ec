#include "actors/plumbing.hpp"

#include <gmock/gmock.h>

#include "tests/actors/blobs.hpp"

namespace zenops {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class PlumbingTest : public testing::Test {
 protected:
  static TrainingOptions options(uint32_t workers, uint32_t validators, uint32_t shards) {
    TrainingOptions o = blobs(workers, validators, shards);
    o.train.rounds = 5;
    return o;
  }
  const Catalogue catalogue_;
};

TEST_F(PlumbingTest, WhatIsPushedIsWhatIsPulled) {
  for (const auto& [workers, validators, shards] : {std::tuple(2u, 1u, 1u), {1u, 1u, 5u}, {5u, 2u, 2u}, {7u, 3u, 4u}}) {
    const auto report = run_plumbing(options(workers, validators, shards), catalogue_);
    EXPECT_THAT(report.mismatches, IsEmpty()) << workers << "/" << validators << "/" << shards;
    // Per round: who pulls compares two blocks, a validator its number of rows and of each row four numbers. The scheduler compares once.
    EXPECT_EQ(report.checks, 5 * (2 * (workers + validators) + validators + 4 * workers) + 2);
  }
}

TEST_F(PlumbingTest, MessagesMayBecomeBytesOnTheirWay) {
  auto o = options(4, 2, 2);
  o.cluster.serialize = true;
  EXPECT_THAT(run_plumbing(o, catalogue_).mismatches, IsEmpty());
}

TEST_F(PlumbingTest, AWorkerThatPushesSomethingElseIsNamed) {
  auto o = options(4, 2, 2);
  o.attacks = {attack("negative", 1, 1, {3})};
  const auto mismatches = run_plumbing(o, catalogue_).mismatches;
  EXPECT_THAT(mismatches, Contains("validator/1, round 1: of worker/3, mean of block gradient: found -4.000000, expected 4.000000"));
  EXPECT_THAT(mismatches, testing::Not(Contains(HasSubstr("of worker/2"))));
  EXPECT_THAT(mismatches, Contains(HasSubstr("worker/0, after round 1: block gradient")));
}

TEST_F(PlumbingTest, ANumberThatIsOnlyRightInTheMeanIsNone) {
  auto o = options(2, 1, 1);
  o.attacks = {attack("random", 4, 1, {1})};  // many values whose mean is near to something
  EXPECT_THAT(run_plumbing(o, catalogue_).mismatches, Contains(HasSubstr("of worker/1, mean square of block gradient")));
}

TEST_F(PlumbingTest, AWorkerThatIsSilentIsMissed) {
  auto o = options(2, 1, 1);
  o.cluster.deadline = std::chrono::seconds(3);
  o.attacks = {attack("silent", 1, 1, {0})};
  EXPECT_THAT(run_plumbing(o, catalogue_).mismatches, Contains("validator/0, round 1: found the rows of 1 workers, expected 2"));
}

TEST_F(PlumbingTest, NumbersThatDoubleTooOftenAreRefused) {
  auto o = options(2, 1, 1);
  o.train.rounds = 21;
  EXPECT_THROW(run_plumbing(o, catalogue_), UserError);
}

}  // namespace
}  // namespace zenops
