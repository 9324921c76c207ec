#include "runtime/gpus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<Gpu> four = {{0, 80, "GPU-aa1"}, {1, 80, "GPU-aa2"}, {2, 40, "GPU-b"}, {3, 80, "GPU-c"}};

std::vector<int> indices(const FoundGpus& found) {
  std::vector<int> out;
  for (const Gpu& gpu : found.gpus) out.push_back(gpu.index);
  return out;
}
std::vector<int> cuda(const std::string& text) { return indices(visible_gpus(four, text, {})); }
std::vector<int> nvidia(const std::string& text) { return indices(visible_gpus(four, {}, text)); }

TEST(GpusTest, ALinuxWithoutVariablesShowsAll) {
  EXPECT_THAT(indices(visible_gpus(four, {}, {})), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(indices(visible_gpus({}, {}, {})), IsEmpty());
}

TEST(GpusTest, NumbersAndNamesAreReadAsCudaReadsThem) {
  EXPECT_THAT(cuda("2,0"), ElementsAre(0, 2));
  EXPECT_THAT(cuda("GPU-b, GPU-aa2"), ElementsAre(1, 2));
  EXPECT_THAT(cuda("1,9,2"), ElementsAre(1)) << "what stands behind one that is not here does not count";
  EXPECT_THAT(cuda("3,3,2"), ElementsAre(3)) << "nor behind one that stands twice";
  EXPECT_THAT(cuda("3,GPU-c,2"), ElementsAre(3));
  for (const char* none : {"", "-1", "GPU-aa", "MIG-b", "0x1", "99999999999999999999", "nan", ",0"})
    EXPECT_THAT(cuda(none), IsEmpty()) << none;
  EXPECT_EQ(visible_gpus(four, "7", {}).why, "CUDA_VISIBLE_DEVICES=7 leaves none of 4 gpus visible");
}

TEST(GpusTest, ZenoPsVariableNamesGpusAndAContainersHasNamedThemAlready) {
  EXPECT_THAT(nvidia("1"), ElementsAre(1));
  EXPECT_THAT(nvidia("1,3"), ElementsAre(1, 3));
  EXPECT_THAT(nvidia("all"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(nvidia(""), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(nvidia("none"), IsEmpty());
  EXPECT_THAT(nvidia("void"), IsEmpty());
  EXPECT_THAT(indices(visible_gpus({{0, 80, "GPU-c"}}, {}, "5")), ElementsAre(0))
      << "the sixth of the host is the container's first";
  EXPECT_THAT(indices(visible_gpus({{0, 80, "GPU-c"}}, {}, "none")), IsEmpty());
  EXPECT_THAT(indices(visible_gpus(four, "2", "1")), ElementsAre(2)) << "CUDA's own comes first";
}

TEST(GpusTest, AProcessSeesThoseThatItWasGivenWhateverTheirNumbers) {
  EXPECT_EQ(visible_devices({four[3], four[0]}), "GPU-c,GPU-aa1");
  EXPECT_EQ(visible_devices({Gpu(4), Gpu(6)}), "4,6") << "where they have no names";
  EXPECT_EQ(visible_devices({}), "");
}

/// A driver that is made up; see fake_nvml.cpp.
class DriverTest : public testing::Test {
 protected:
  DriverTest() {
    for (const char* name : {"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "FAKE_GPUS", "FAKE_MIG"}) unsetenv(name);
  }
  ~DriverTest() override {
    for (const char* name : {"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "FAKE_GPUS", "FAKE_MIG"}) unsetenv(name);
  }
};

TEST_F(DriverTest, TellsTheGpusAndTheirMemory) {
  setenv("FAKE_GPUS", "2", 1);
  const FoundGpus found = find_gpus(ZENOPS_FAKE_NVML);
  EXPECT_THAT(found.gpus,
              ElementsAre(Gpu(0, uint64_t{80} << 30, "GPU-fake-0"), Gpu(1, uint64_t{80} << 30, "GPU-fake-1")));
  EXPECT_EQ(found.why, "");
  setenv("CUDA_VISIBLE_DEVICES", "1", 1);
  EXPECT_THAT(indices(find_gpus(ZENOPS_FAKE_NVML)), ElementsAre(1));
}

TEST_F(DriverTest, TellsTheInstancesOfAGpuInItsPlace) {
  setenv("FAKE_GPUS", "3", 1);
  setenv("FAKE_MIG", "1", 1);
  const uint64_t gib = uint64_t{1} << 30;
  const FoundGpus found = find_gpus(ZENOPS_FAKE_NVML);
  EXPECT_THAT(found.gpus, ElementsAre(Gpu(0, 80 * gib, "GPU-fake-0"), Gpu(2, 80 * gib, "GPU-fake-2"), Gpu(3, 10 * gib, "MIG-fake-10"),
                                      Gpu(4, 10 * gib, "MIG-fake-12")));
  EXPECT_FALSE(found.gpus[1].instance);
  EXPECT_TRUE(found.gpus[2].instance);
  setenv("CUDA_VISIBLE_DEVICES", "MIG-fake-12", 1);
  EXPECT_THAT(indices(find_gpus(ZENOPS_FAKE_NVML)), ElementsAre(4));
  EXPECT_EQ(visible_devices(find_gpus(ZENOPS_FAKE_NVML).gpus), "MIG-fake-12");
  setenv("CUDA_VISIBLE_DEVICES", "3", 1);
  EXPECT_THAT(indices(find_gpus(ZENOPS_FAKE_NVML)), IsEmpty()) << "CUDA has no such number";
  setenv("CUDA_VISIBLE_DEVICES", "1", 1);
  EXPECT_EQ(find_gpus(ZENOPS_FAKE_NVML).why, "CUDA_VISIBLE_DEVICES=1 leaves none of 4 gpus visible");
}

TEST_F(DriverTest, ThatIsNotThereOrBrokenIsNamed) {
  EXPECT_EQ(find_gpus("libno-such-driver.so.1").why, "libno-such-driver.so.1 is not here");
  EXPECT_THAT(find_gpus("libc.so.6").why, HasSubstr("lacks what it should have"));
  setenv("FAKE_GPUS", "0", 1);
  EXPECT_EQ(find_gpus(ZENOPS_FAKE_NVML).why, "the driver has no gpu for us");
  setenv("FAKE_GPUS", "broken", 1);
  EXPECT_THAT(find_gpus(ZENOPS_FAKE_NVML).why, HasSubstr("does not find a driver (NVML error 9)"));
}

TEST_F(DriverTest, ThatSpeaksOfABillionGpusIsBelievedAThousand) {
  setenv("FAKE_GPUS", "1000000000", 1);
  EXPECT_EQ(find_gpus(ZENOPS_FAKE_NVML).gpus.size(), NodeSpec::most_gpus);
}

}  // namespace
}  // namespace zenops
