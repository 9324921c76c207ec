#include "runtime/routes.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

TEST(RoutesTest, TheNewestLifeIsFoundAndOlderNewsOfItChangesNothing) {
  Routes routes;
  EXPECT_TRUE(routes.learn(Life::begun({"worker/3", 1}, 7)));
  EXPECT_TRUE(routes.learn(Life::ended({"worker/3", 1}, 7, "x", true)));
  EXPECT_FALSE(routes.find("worker/3").has_value());
  EXPECT_TRUE(routes.learn(Life::begun({"worker/3", 2}, 8)));
  EXPECT_FALSE(routes.learn(Life::ended({"worker/3", 1}, 7, "x", true))) << "news that came late";
  EXPECT_FALSE(routes.learn(Life::begun({"worker/3", 1}, 7))) << "a zombie's birth";
  ASSERT_TRUE(routes.find("worker/3").has_value());
  EXPECT_EQ(routes.find("worker/3")->process, 8u);
}

TEST(RoutesTest, ALifeIsOverWhenANewerOneIsKnownOrItsOwnEnd) {
  Routes routes;
  EXPECT_FALSE(routes.over({"worker/3", 1})) << "nothing is known of it";
  routes.learn(Life::begun({"worker/3", 2}, 8));
  EXPECT_TRUE(routes.over({"worker/3", 1}));
  EXPECT_FALSE(routes.over({"worker/3", 2}));
  EXPECT_FALSE(routes.over({"worker/3", 3})) << "its news may still be on its way";
  routes.learn(Life::ended({"worker/3", 2}, 8, "x", false));
  EXPECT_TRUE(routes.over({"worker/3", 2}));
}

TEST(RoutesTest, WhoHasSpokenIsAnsweredBeforeTheNewsOfItComesAndTheNewsIsStillNews) {
  Routes routes;
  routes.hint({"worker/3", 2}, 8);
  ASSERT_TRUE(routes.find("worker/3").has_value());
  EXPECT_TRUE(routes.learn(Life::begun({"worker/3", 2}, 8))) << "whoever watches has not heard of it yet";
  EXPECT_FALSE(routes.learn(Life::begun({"worker/3", 2}, 8)));
  routes.hint({"worker/3", 1}, 7);
  EXPECT_EQ(routes.find("worker/3")->process, 8u) << "a zombie leads nobody astray";
}

TEST(RoutesTest, ANameThatIsErasedMayBeginAnew) {
  Routes routes;
  routes.learn(Life::ended({"worker/3", 5}, 8, "its job has ended", false));
  routes.erase("worker/3");
  EXPECT_TRUE(routes.learn(Life::begun({"worker/3", 1}, 9)));
}

}  // namespace
}  // namespace zenops
