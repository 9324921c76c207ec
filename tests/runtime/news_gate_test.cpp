#include "runtime/news_gate.hpp"

#include <gmock/gmock.h>

namespace zenops {
namespace {

using testing::ElementsAre;

class NewsGateTest : public testing::Test {
 protected:
  bool arrives(const std::string& to, uint64_t news, const std::string& from = "worker/3") {
    Parcel parcel;
    parcel.from.name = from;
    parcel.to = to;
    parcel.news = news;
    return gate_.arrived(std::move(parcel));
  }
  std::vector<std::string> handed_on_;
  NewsGate gate_{[this](const Parcel& parcel) { handed_on_.push_back(parcel.to); }};
};

TEST_F(NewsGateTest, WhatKnowsNoMoreThanWeDoIsHandedOnAtOnce) {
  gate_.reached(5);
  EXPECT_FALSE(arrives("a", 5));
  EXPECT_FALSE(arrives("b", 3));
  EXPECT_THAT(handed_on_, ElementsAre("a", "b"));
}

TEST_F(NewsGateTest, WhatKnowsMoreWaitsAndAllThatComesAfterItKeepsItsPlace) {
  gate_.reached(5);
  EXPECT_TRUE(arrives("a", 7));
  EXPECT_FALSE(arrives("b", 3));
  EXPECT_FALSE(arrives("c", 8));
  gate_.reached(6);
  EXPECT_THAT(handed_on_, ElementsAre());
  gate_.reached(7);
  EXPECT_THAT(handed_on_, ElementsAre("a", "b"));
  gate_.reached(8);
  EXPECT_THAT(handed_on_, ElementsAre("a", "b", "c"));
}

TEST_F(NewsGateTest, TheHeadIsNeverKeptWaitingForItBringsTheNews) {
  EXPECT_TRUE(arrives("a", 7));
  EXPECT_FALSE(arrives("news", 9, "head"));
  EXPECT_THAT(handed_on_, ElementsAre("news"));
}

TEST_F(NewsGateTest, AnAnswerOfTheHeadsWaitsForTheNewsThatItWasGivenAfter) {
  Parcel answer;
  answer.from.name = "head";
  answer.to = "spawned";
  answer.envelope.answer = true;
  answer.news = 9;
  EXPECT_TRUE(gate_.arrived(std::move(answer)));
  EXPECT_FALSE(arrives("news", 9, "head"));
  EXPECT_THAT(handed_on_, ElementsAre("news"));
  gate_.reached(9);
  EXPECT_THAT(handed_on_, ElementsAre("news", "spawned"));
}

TEST_F(NewsGateTest, WhoeverHearsOfNewsSaysSoBeforeAllOfItIsKnownAndIsNotSpokenToBefore) {
  gate_.reached(5);
  gate_.hears(7);
  EXPECT_EQ(gate_.heard(), 7u);
  EXPECT_TRUE(arrives("a", 7));
  EXPECT_THAT(handed_on_, ElementsAre());
  gate_.hears(6);
  EXPECT_EQ(gate_.heard(), 7u);
  gate_.reached(7);
  EXPECT_THAT(handed_on_, ElementsAre("a"));
}

TEST_F(NewsGateTest, OlderNewsTakesNothingBack) {
  gate_.reached(9);
  gate_.reached(4);
  EXPECT_EQ(gate_.heard(), 9u);
}

}  // namespace
}  // namespace zenops
