#include "models/scores.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/philox.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::IsNan;

TEST(ScoresTest, CountsWhatIsRightByClass) {
  const Scores scores = score(std::vector<float>{1, 0, 0,  //
                                                 0, 2, 1,  //
                                                 0, 2, 1,  //
                                                 5, 1, 3},
                              std::vector<int64_t>{0, 1, 2, 2});
  EXPECT_EQ(scores.top1, 2u);
  EXPECT_EQ(scores.count, 4u);
  EXPECT_THAT(scores.right, ElementsAre(1, 1, 0));
  EXPECT_THAT(scores.all, ElementsAre(1, 1, 2));
  EXPECT_EQ(scores.accuracy(), .5);
  EXPECT_THAT(scores.class_accuracy(), ElementsAre(1, 1, 0));
}

TEST(ScoresTest, ALabelAmongTheFiveLargestIsInTheTopFive) {
  const std::vector<float> row = {10, 9, 8, 7, 6, 5};
  for (int64_t label = 0; label < 6; ++label) {
    const Scores scores = score(row, std::vector<int64_t>{label});
    EXPECT_EQ(scores.top1, label == 0 ? 1u : 0u);
    EXPECT_EQ(scores.top5, label < 5 ? 1u : 0u);
  }
}

TEST(ScoresTest, OfEqualOutputsTheFirstIsTheAnswer) {
  EXPECT_EQ(score(std::vector<float>{3, 3}, std::vector<int64_t>{0}).top1, 1u);
  EXPECT_EQ(score(std::vector<float>{3, 3}, std::vector<int64_t>{1}).top1, 0u);
  EXPECT_EQ(score(std::vector<float>(6, 1), std::vector<int64_t>{5}).top5, 0u);
}

TEST(ScoresTest, TheLossIsTheCrossEntropy) {
  const Scores scores = score(std::vector<float>{0, std::log(3.f), 1, 1}, std::vector<int64_t>{1, 0});
  EXPECT_NEAR(scores.loss, std::log(4. / 3) + std::log(2.), 1e-7);
  EXPECT_NEAR(scores.mean_loss(), scores.loss / 2, 1e-15);
}

TEST(ScoresTest, LargeOutputsDoNotOverflow) {
  EXPECT_NEAR(score(std::vector<float>{1e30f, 0}, std::vector<int64_t>{0}).loss, 0, 1e-9);
  EXPECT_NEAR(score(std::vector<float>{-1e4f, 0}, std::vector<int64_t>{0}).loss, 1e4, 1e-3);
}

TEST(ScoresTest, WhatIsNoNumberIsNeverRight) {
  const Scores scores = score(std::vector<float>{NAN, NAN, 1, NAN}, std::vector<int64_t>{0, 0});
  EXPECT_EQ(scores.top1, 0u);
  EXPECT_TRUE(std::isnan(scores.loss));
}

TEST(ScoresTest, PartsAddUpToTheWhole) {
  constexpr size_t answers = 50, classes = 7;
  Stream random({3, Role::data, 0, Purpose::noise});
  std::vector<float> outputs(answers * classes);
  for (float& x : outputs) x = random.normal();
  std::vector<int64_t> labels;
  for (size_t i = 0; i < answers; ++i) labels.push_back(random.below(classes));
  const Scores whole = score(outputs, labels);
  Scores sum;
  for (size_t first = 0; first < answers; first += 20) {
    const size_t n = std::min<size_t>(20, answers - first);
    sum += score(std::span(outputs).subspan(first * classes, n * classes), std::span(labels).subspan(first, n));
  }
  EXPECT_EQ(sum.top1, whole.top1);
  EXPECT_EQ(sum.top5, whole.top5);
  EXPECT_EQ(sum.count, whole.count);
  EXPECT_EQ(sum.right, whole.right);
  EXPECT_EQ(sum.all, whole.all);
  EXPECT_NEAR(sum.loss, whole.loss, 1e-10);
}

TEST(ScoresTest, OfNothingThereIsNothingToSay) {
  EXPECT_EQ(Scores().accuracy(), 0);
  EXPECT_EQ(score({}, {}).count, 0u);
  EXPECT_THAT(score(std::vector<float>{1, 2}, std::vector<int64_t>{0}).class_accuracy(), ElementsAre(0, IsNan()));
}

}  // namespace
}  // namespace zenops
