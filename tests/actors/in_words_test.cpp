#include "actors/in_words.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

TEST(InWordsTest, AnAttackIsItsNameAndItsNumbers) {
  EXPECT_EQ(in_words(AttackOptions{}), "none");
  EXPECT_EQ(in_words(AttackOptions{.name = "negative", .parameters = {{"scale", 200}}, .rate = 1, .workers = {3}}),
            "negative scale=200");
  EXPECT_EQ(in_words(AttackOptions{.name = "negative", .parameters = {{"scale", 0.5}}, .rate = 0.2, .workers = {}}),
            "negative scale=0.5 rate=0.2");
  EXPECT_EQ(in_words(AttackOptions{.name = "nan", .parameters = {}, .rate = 1, .workers = {}, .times = {.start = 5, .stop = 9, .on = 2, .off = 1}}),
            "nan start=5 stop=9 on=2 off=1");
}

TEST(InWordsTest, ARuleIsWhatStandsBeforeItAndItself) {
  EXPECT_EQ(in_words(RuleChoice{{"average"}}), "average");
  EXPECT_EQ(in_words(RuleChoice{{"trimmed_mean", {{"f", 3}}}, {{"nnm", {{"f", 3}}}}}), "nnm + trimmed_mean f=3");
  EXPECT_EQ(in_words(RuleChoice{{"trimmed_mean", {{"f", 3}}}, {{"nnm", {{"f", 2}}}}}), "nnm f=2 + trimmed_mean f=3");
}

}  // namespace
}  // namespace zenops
