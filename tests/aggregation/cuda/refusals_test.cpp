// What a card refuses, which one that the processor plays does when it is told to (emulated/cuda_runtime.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/cuda/device.hpp"
#include "tests/aggregation/cuda/emulated/cuda_runtime.h"

namespace zenops::cuda {
namespace {

using testing::StartsWith;

class CudaRefusalsTest : public testing::Test {
 protected:
  void TearDown() override { emulated_card = {.made = emulated_card.made}; }
};

TEST_F(CudaRefusalsTest, ACardWhoseBlocksHaveTooLittleSharedMemoryIsNotUsed) {
  EXPECT_EQ(cards().size(), 1u);
  emulated_card.shared = 99 * 1024;  // of compute capability 8.9
  EXPECT_TRUE(cards().empty());
  EXPECT_EQ(why_no_cards(), "the kernels need 148608 bytes of shared memory for a block, and emulated has 101376");
  EXPECT_THROW(Device{}, Error);
}

TEST_F(CudaRefusalsTest, ADeviceThatIsMadeHalfwayLeavesNothingBehind) {
  const int before = emulated_card.made;
  for (int makes = 0; makes < 7; ++makes) {
    emulated_card.makes = makes;
    EXPECT_THROW(Device{}, Error) << makes;
    EXPECT_EQ(emulated_card.made, before) << makes;
  }
  emulated_card.makes = 7;  // a stream, two events, two buffers with one each
  EXPECT_NO_THROW(Device{});
  EXPECT_EQ(emulated_card.made, before);
}

TEST_F(CudaRefusalsTest, WhatWasToldIsNotTheNextLaunchsFault) {
  Device device;
  const DeviceRow out = device.make(1);
  emulated_card.makes = 0;
  EXPECT_THROW(device.make(1000), NoRoom);
  emulated_card.makes = INT_MAX;
  EXPECT_NO_THROW(combine(device, {.weights = {}}, {}, nullptr, 1, out.data()));
}

}  // namespace
}  // namespace zenops::cuda
