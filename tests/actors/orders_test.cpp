#include "actors/orders.hpp"

#include <gtest/gtest.h>

#include "actors/wire/training.capnp.h"
#include "runtime/message.hpp"

namespace zenops {
namespace {

Envelope lr(float value) {
  return Envelope::of<wire::SetLr>([value](wire::SetLr::Builder out) { out.setLr(value); });
}
float value(const Envelope& order) { return Msg<wire::SetLr>(order)->getLr(); }

TEST(OrdersTest, TakeEffectBeforeTheRoundThatComesNext) {
  Orders orders;
  orders.say(lr(1));
  orders.say(lr(2));
  ASSERT_EQ(orders.before(1).size(), 2u);
  EXPECT_EQ(value(orders.before(1)[1]), 2);
  EXPECT_TRUE(orders.before(2).empty());
}

TEST(OrdersTest, WhatWaitsCountsFromTheFirstRoundThatNobodyHasAskedAbout) {
  Orders orders;
  EXPECT_EQ(orders.next(), 1u);
  orders.before(4);
  orders.say(lr(1));
  EXPECT_EQ(orders.next(), 5u);
  EXPECT_EQ(orders.waiting().size(), 1u);
  orders.before(4);
  EXPECT_EQ(orders.waiting().size(), 1u);
  EXPECT_EQ(orders.before(5).size(), 1u);
  EXPECT_TRUE(orders.waiting().empty());
}

TEST(OrdersTest, ARoundThatIsMadeAgainHasItsOwnAndNoneOfThoseSaidSince) {
  Orders orders;
  orders.say(lr(1));
  orders.before(1);
  orders.before(2);
  orders.say(lr(3));
  EXPECT_EQ(value(orders.before(1).at(0)), 1);
  EXPECT_TRUE(orders.before(2).empty());
  EXPECT_EQ(value(orders.before(3).at(0)), 3);
}

}  // namespace
}  // namespace zenops
