#include "actors/gate.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

class GateTest : public testing::Test {
 protected:
  Gate::Reply waiter(const std::string& name) {
    return [this, name](const Envelope&) { told_ += name + " "; };
  }
  std::string tell(const std::vector<Gate::Reply>& whose) {
    told_.clear();
    for (const auto& reply : whose) reply({});
    return told_;
  }
  Gate gate_;
  std::string told_;
};

TEST_F(GateTest, IsOpenUntilSomebodyPauses) {
  EXPECT_FALSE(gate_.shut(1'000'000));
  gate_.pause(waiter("a"));
  EXPECT_TRUE(gate_.shut(0));
  gate_.resume();
  EXPECT_FALSE(gate_.shut(7));
}

TEST_F(GateTest, ShutsAfterTheRoundThatAStepAskedFor) {
  gate_.step(3, waiter("a"));
  EXPECT_FALSE(gate_.shut(2));
  EXPECT_EQ(tell(gate_.passed(2)), "");
  EXPECT_TRUE(gate_.shut(3));
  EXPECT_EQ(tell(gate_.passed(3)), "a ");
  EXPECT_EQ(tell(gate_.all()), "") << "nobody is answered twice";
}

TEST_F(GateTest, TheLongestOfSeveralStepsCountsAndEachIsAnsweredAtItsOwn) {
  gate_.step(5, waiter("far"));
  gate_.step(2, waiter("near"));
  EXPECT_FALSE(gate_.shut(4));
  EXPECT_EQ(tell(gate_.passed(2)), "near ");
  EXPECT_TRUE(gate_.shut(5));
  EXPECT_EQ(tell(gate_.passed(5)), "far ");
}

TEST_F(GateTest, APauseCutsAStepShort) {
  gate_.step(5, waiter("step"));
  gate_.pause(waiter("pause"));
  EXPECT_TRUE(gate_.shut(1));
  EXPECT_EQ(tell(gate_.all()), "step pause ");
}

TEST_F(GateTest, AStepToARoundThatIsDonePauses) {
  gate_.step(2, waiter("a"));
  EXPECT_TRUE(gate_.shut(6));
  EXPECT_EQ(tell(gate_.passed(6)), "a ");
}

}  // namespace
}  // namespace zenops
