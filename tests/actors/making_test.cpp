#include "actors/making.hpp"

#include <gmock/gmock.h>

namespace zenops {
namespace {

using testing::Each;

constexpr size_t size = 5000;  // more than is made at a time

Row filled(float value) {
  Row out(std::shared_ptr<float[]>(new float[size]), 0, size);
  std::ranges::fill(out.mutable_view(), value);
  return out;
}

ShardRow sent(const Row& row) { return {.segments = {row.view().data()}, .blocks = {true}, .rows = {row}}; }

/// Parameters of 10 in one segment, and what becomes of them.
class MakingTest : public testing::Test {
 protected:
  /// A group whose plan is the sum of these rows.
  static GroupPlan group(std::vector<float> values, float share = 1) {
    GroupPlan out;
    for (const float value : values) out.rows.push_back(sent(filled(value)));
    out.blocks = {{.weights = std::vector<float>(values.size(), 1)}};
    out.share = share;
    return out;
  }
  Making making(Exchange exchange = Exchange::judged) {
    return {{.block = 0, .offset = 0, .size = size}, exchange, 0, 0, before_.view(), out_.mutable_view()};
  }
  void remember(Making& making, float moment) {
    moments_before_ = {filled(moment), filled(moment)};
    for (size_t k = 0; k < 2; ++k) {
      making.moments_before[k] = moments_before_[k].view();
      making.moments[k] = moments_[k].mutable_view();
    }
  }
  const Row before_ = filled(10);
  Row out_ = filled(-1);
  std::array<Row, 2> moments_before_, moments_ = {filled(-1), filled(-1)};
};

TEST_F(MakingTest, RowsCountTheirRateOnceAndTheServersOnce) {
  std::vector<GroupPlan> groups = {group({3, 5})};
  Making m = making();
  m.scale = 0.5f;
  make_segment(groups, Across::average, m);
  EXPECT_THAT(out_.view(), Each(14)) << "10 + 0.5 (3 + 5)";
  const ServerOptimizer sgd({.kind = ServerOptions::Kind::sgd, .lr = 2});
  m.optimizer = &sgd;
  make_segment(groups, Across::average, m);
  EXPECT_THAT(out_.view(), Each(18)) << "10 + 2 × 0.5 (3 + 5)";
}

TEST_F(MakingTest, StatisticsAreAddedAsTheyAre) {
  std::vector<GroupPlan> groups = {group({}, 0.25f), group({}, 0.75f)};
  const float values[] = {4, 8};
  for (size_t g = 0; g < 2; ++g) {
    groups[g].blocks = {{.weights = {1}}};
    groups[g].trusted = sent(filled(values[g]));
  }
  const ServerOptimizer adam({.kind = ServerOptions::Kind::adam, .lr = 2});
  Making m = making(Exchange::trusted);
  m.scale = 0.5f;
  m.optimizer = &adam;
  remember(m, 7);
  make_segment(groups, Across::average, m);
  EXPECT_THAT(out_.view(), Each(17)) << "10 + 0.25 × 4 + 0.75 × 8";
  for (const Row& moment : moments_) EXPECT_THAT(moment.view(), Each(7)) << "the optimizer has not seen it";
  make_segment(groups, Across::median_of_validators, m);
  EXPECT_THAT(out_.view(), Each(16)) << "the median of two is their middle";
  groups[1].blocks[0].weights.clear();
  make_segment(groups, Across::average, m);
  EXPECT_THAT(out_.view(), Each(11)) << "a validator whose plan says nothing of it";
}

TEST_F(MakingTest, WhatNobodyExchangesStays) {
  std::vector<GroupPlan> groups = {group({3})};
  groups[0].next = filled(-1);
  make_segment(groups, Across::average, making(Exchange::none));
  EXPECT_THAT(out_.view(), Each(10));
  EXPECT_THAT(groups[0].next.view(), Each(0));
}

TEST_F(MakingTest, TheOptimizerStepsByWhatAllGroupsMake) {
  std::vector<GroupPlan> groups = {group({3, 5}, 0.25f), group({2}, 0.75f), group({}, 1)};
  const ServerOptimizer momentum({.kind = ServerOptions::Kind::momentum, .lr = 2, .momentum = 0.5f});
  Making m = making();
  m.scale = 0.5f;
  m.optimizer = &momentum;
  remember(m, 1);
  make_segment(groups, Across::average, m);
  EXPECT_THAT(moments_[0].view(), Each(2.25f)) << "0.5 × 1 + 0.5 (0.25 × 8 + 0.75 × 2)";
  EXPECT_THAT(out_.view(), Each(14.5f));
  EXPECT_THAT(before_.view(), Each(10));
}

TEST_F(MakingTest, OfGroupsEachHasItsShareOrNoneDecidesAlone) {
  std::vector<GroupPlan> groups = {group({4}, 0.25f), group({8}, 0.5f), group({1e30f}, 0.25f), group({}, 1)};
  make_segment(groups, Across::median_of_validators, making());
  EXPECT_THAT(out_.view(), Each(18)) << "the median of those that have rows";
  groups.erase(groups.begin() + 2);
  make_segment(groups, Across::average, making());
  EXPECT_THAT(out_.view(), Each(15));
}

TEST_F(MakingTest, APlanTowardARowGoesWhereItsSenderStands) {
  std::vector<GroupPlan> groups = {group({3})};
  groups[0].blocks[0].toward = true;
  groups[0].blocks[0].weights = {0.5f};
  groups[0].base = filled(6);
  make_segment(groups, Across::average, making());
  EXPECT_THAT(out_.view(), Each(9.5f)) << "10 + 0.5 (3 + 6 − 10)";
}

TEST_F(MakingTest, GroupsRememberWhatTheyMadeAndWhatEachSent) {
  std::vector<GroupPlan> groups = {group({3, 5})};
  groups[0].next = filled(-1);
  groups[0].sums = {filled(100), Row{}};
  groups[0].next_sums = {filled(-1), filled(-1)};
  Making m = making();
  m.scale = 0.5f;
  make_segment(groups, Across::average, m);
  EXPECT_THAT(groups[0].next.view(), Each(8)) << "before any rate";
  EXPECT_THAT(groups[0].next_sums[0].view(), Each(103));
  EXPECT_THAT(groups[0].next_sums[1].view(), Each(5)) << "its first";
}

}  // namespace
}  // namespace zenops
