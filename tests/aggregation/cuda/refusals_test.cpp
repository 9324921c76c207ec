// What a card refuses, which one that the processor plays does when it is told to (emulated/cuda_runtime.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/cuda/accelerator.hpp"
#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/cuda/device.hpp"
#include "tests/aggregation/cuda/emulated/cuda_runtime.h"
#include "tests/aggregation/samples.hpp"

namespace zenops::cuda {
namespace {

using testing::ElementsAre;

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

TEST_F(CudaRefusalsTest, AnAcceleratorsStreamsShareWhatIsFreeAndLeaveWhatHasNoRoom) {
  std::mt19937 random(1);
  constexpr size_t n = 5, d = 65'536;  // 1.3 MB
  const Samples samples = normal_rows(random, n, d);
  emulated_card.free = 4'000'000;
  const auto whole = accelerator(1);
  EXPECT_FALSE(whole->workspace()->measure(samples.pointers, nullptr, d, true, false, false));
  EXPECT_THAT(whole->news(), ElementsAre("GPU 0: 0.3 MB more than the 0.8 MB in use would pass the cap of 1.0 MB"));
  emulated_card.makes = 4 * 7 + 3;  // streams with what belongs to them, and three rows
  emulated_card.free = emulated_card.memory;
  const auto crowded = accelerator(0.5);
  EXPECT_FALSE(crowded->workspace()->measure(samples.pointers, nullptr, d, true, false, false));
  EXPECT_THAT(crowded->news(), ElementsAre("GPU 0, allocating 262144 bytes: emulated (cudaErrorEmulated)"));
  EXPECT_EQ(crowded->lost(), "");
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
