// What a machine without a card says, and one whose build has no CUDA.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/cuda/device.hpp"

namespace zenops::cuda {
namespace {

TEST(CudaNoCardTest, SaysWhyThereIsNoneExactlyWhereThereIsNone) {
  EXPECT_EQ(cards().empty(), !why_no_cards().empty());
  EXPECT_FALSE(versions().empty());
}

TEST(CudaNoCardTest, RefusesADeviceThatIsNotThereInOneLine) {
  if (!cards().empty()) GTEST_SKIP() << "there is a GPU";
  try {
    const Device device;
    FAIL() << "there is a device without a card";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(why_no_cards()));
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace zenops::cuda
