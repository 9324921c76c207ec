#include "base/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace zenops {
namespace {

const std::vector<std::string> rules{"average", "trimmed_mean", "phocas", "zeno"};

TEST(NearestTest, ForgivesALetterOrTwo) {
  EXPECT_EQ(nearest("phokas", rules), "phocas");
  EXPECT_EQ(nearest("tirmmed-mean", rules), "trimmed_mean");
}
TEST(NearestTest, ForgivesCapitals) { EXPECT_EQ(nearest("ZENO", rules), "zeno"); }
TEST(NearestTest, TakesABeginningForTheWord) { EXPECT_EQ(nearest("trim", rules), "trimmed_mean"); }
TEST(NearestTest, DoesNotGuessWithoutReason) {
  EXPECT_EQ(nearest("krum", rules), std::nullopt);
  EXPECT_EQ(nearest("", rules), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'z'), rules), std::nullopt);
  EXPECT_EQ(nearest("zeno", {}), std::nullopt);
}

}  // namespace
}  // namespace zenops
