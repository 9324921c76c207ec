#include "aggregation/kernels/majority.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "aggregation/plan.hpp"
#include "tests/aggregation/every_target.hpp"
#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;

std::vector<float> voted(std::span<const float* const> rows, size_t size, float step = 0.5f) {
  std::vector<float> out(size, std::numeric_limits<float>::quiet_NaN());
  majority(rows, step, size, out.data());
  return out;
}

TEST(MajorityTest, GoesOneStepWhereMostGo) {
  const Samples samples({{1, -1, 1, 0}, {9, -9, -2, 0}, {-3, -1e-40f, 0, 0}});
  EXPECT_THAT(voted(samples.pointers, 4), ElementsAre(0.5f, -0.5f, 0, 0)) << "a tie, and nobody, move nothing";
}

TEST(MajorityTest, CountsTheSameOnEveryTargetForEverySize) {
  std::mt19937 random(1);
  for (const size_t size : {0, 1, 7, 16, 63, 64, 65, 1000})
    for (const size_t n : {1, 2, 3, 8, 33}) {
      const Samples samples = awkward_rows(random, n, size);
      on_every_target([&] {
        const auto out = voted(samples.pointers, size);
        for (size_t i = 0; i < size; ++i) {
          int votes = 0;
          for (const auto& row : samples.rows) votes += (row[i] > 0) - (row[i] < 0);
          ASSERT_EQ(std::bit_cast<uint32_t>(out[i]), std::bit_cast<uint32_t>(votes == 0 ? 0 : std::copysign(0.5f, static_cast<float>(votes))))
              << n << " rows of " << size << ", number " << i;
        }
      });
    }
}

TEST(MajorityTest, ARowOfZerosAndARowThatIsNotThereDoNotVote) {
  const std::vector<float> up(100, 2), zeros(100, -0.0f);
  const std::vector<const float*> rows = {nullptr, zeros.data(), up.data(), nullptr};
  EXPECT_THAT(voted(rows, 100), Each(0.5f));
  EXPECT_THAT(voted({}, 3), Each(0.0f));
}

TEST(MajorityTest, ALieCountsAsOneVoteHoweverLarge) {
  Samples samples(std::vector<std::vector<float>>(5, std::vector<float>(70, 1e-30f)));
  std::ranges::fill(samples.rows[0], -3e38f);
  std::ranges::fill(samples.rows[4], -3e38f);
  EXPECT_THAT(voted(samples.pointers, 70), Each(0.5f));
}

TEST(MajorityTest, VotesOfMixedRowsAreThoseOfWhatTheMixMakes) {
  const Samples samples({{1, 1}, {-3, 1}, {-1, 1}});
  BlockPlan plan{.combine = Combine::majority};
  plan.step = 2;
  plan.mix = {{{0, 1.0f}}, {{0, 0.5f}, {1, 0.5f}}, {{2, 1.0f}}};
  std::vector<float> out(2);
  combine(plan, samples.pointers, 2, out.data());
  EXPECT_THAT(out, ElementsAre(-2, 2));
}

}  // namespace
}  // namespace zenops
