#include "actors/compression.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/philox.hpp"

namespace zenops {
namespace {

using Kind = CompressionOptions::Kind;
using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();

struct Compressed {
  std::vector<float> sent, lost;
};
Compressed compress(CompressionOptions options, std::vector<float> block) {
  std::vector<float> lost(block.size(), 77);
  zenops::compress(options, block, lost);
  return {std::move(block), std::move(lost)};
}
float rounded(float x) { return from_bf16(to_bf16(x)); }

TEST(CompressionTest, NoneSendsEverythingAndLosesNothing) {
  const auto made = compress({Kind::none, 0.1}, {1, -2, inf});
  EXPECT_THAT(made.sent, ElementsAre(1, -2, inf));
  EXPECT_THAT(made.lost, Each(0));
}

TEST(CompressionTest, TopKSendsTheLargestByMagnitude) {
  const auto made = compress({Kind::top_k, 0.4}, {1, -5, 3, 0, -4});
  EXPECT_THAT(made.sent, ElementsAre(0, -5, 0, 0, -4));
  EXPECT_THAT(made.lost, ElementsAre(1, 0, 3, 0, 0));
}

TEST(CompressionTest, OfEquallyLargeOnesTopKSendsTheFirst) {
  EXPECT_THAT(compress({Kind::top_k, 0.5}, {2, -1, 1, -2, 1, 1}).sent, ElementsAre(2, -1, 0, -2, 0, 0));
  EXPECT_THAT(compress({Kind::top_k, 0.5}, {-3, 3, 3, -3}).sent, ElementsAre(-3, 3, 0, 0));
}

TEST(CompressionTest, TopKSendsAtLeastOneAndAtMostAll) {
  EXPECT_EQ(kept_by_top_k({Kind::top_k, 1e-9}, 1000), 1u);
  EXPECT_EQ(kept_by_top_k({Kind::top_k, 0.29}, 100), 29u) << "0.29 · 100 is a little less than 29";
  EXPECT_EQ(kept_by_top_k({Kind::top_k, 1}, 1000), 1000u);
  EXPECT_EQ(kept_by_top_k({Kind::top_k, 0.5}, 1), 1u);
  EXPECT_EQ(kept_by_top_k({Kind::top_k, 0.5}, 0), 0u);
  EXPECT_THAT(compress({Kind::top_k, 1e-9}, {1, 2, -7}).sent, ElementsAre(0, 0, -7));
  EXPECT_THAT(compress({Kind::top_k, 1}, {1, 2, -7}).sent, ElementsAre(1, 2, -7));
  EXPECT_THAT(compress({Kind::top_k, 0.01}, {}).sent, ElementsAre());
}

TEST(CompressionTest, TopKSendsNaNBeforeEverythingElse) {
  const auto sent = compress({Kind::top_k, 0.5}, {inf, nan, 3e38f, -nan}).sent;
  EXPECT_EQ(sent[0], 0);
  EXPECT_TRUE(std::isnan(sent[1]));
  EXPECT_EQ(sent[2], 0);
  EXPECT_TRUE(std::isnan(sent[3]));
}

// The definition: sorted by magnitude, equal ones in their order.
TEST(CompressionTest, TopKIsThatOfAStableSort) {
  Stream random({.seed = 5});
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<float> block(1 + random.below(300));
    for (float& x : block) x = static_cast<float>(random.below(20)) - 10;  // many are equal
    const CompressionOptions options{Kind::top_k, std::max(0.01f, random.uniform())};
    std::vector<size_t> order(block.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater(), [&](size_t i) { return std::fabs(block[i]); });
    std::vector<float> expected(block.size());
    for (size_t k = 0; k < kept_by_top_k(options, block.size()); ++k) expected[order[k]] = block[order[k]];
    ASSERT_THAT(compress(options, block).sent, ElementsAreArray(expected)) << trial;
  }
}

TEST(CompressionTest, SignSendsTheMeanMagnitudeWithEachSign) {
  const auto made = compress({Kind::sign}, {1, -5, 0, -0.0f, -4});
  EXPECT_THAT(made.sent, ElementsAre(2, -2, 2, 2, -2)) << "the sign of 0 is +";
  EXPECT_THAT(made.lost, ElementsAre(-1, -3, -2, -2, -2));
  EXPECT_THAT(compress({Kind::sign}, {0, 0}).sent, Each(0));
}

TEST(CompressionTest, SignMeansMagnitudesWhoseSumIsNoFloat) {
  EXPECT_THAT(compress({Kind::sign}, {3e38f, -3e38f, 3e38f}).sent, ElementsAre(3e38f, -3e38f, 3e38f));
}

TEST(CompressionTest, SignLetsNoLieVanish) {
  for (const float x : compress({Kind::sign}, {1, nan, 2}).sent) EXPECT_TRUE(std::isnan(x));
  EXPECT_EQ(compress({Kind::sign}, {1, -inf, 2}).sent[0], inf);
}

TEST(CompressionTest, Bf16RoundsToTheNearestAndInTheMiddleToTheEven) {
  const float step = 0x1p-7f;  // between neighbours from 1 to 2
  EXPECT_EQ(rounded(1 + step), 1 + step);
  EXPECT_EQ(rounded(1 + 0.49f * step), 1);
  EXPECT_EQ(rounded(1 + 0.51f * step), 1 + step);
  EXPECT_EQ(rounded(1 + 0.5f * step), 1) << "its last bit is 0";
  EXPECT_EQ(rounded(1 + 1.5f * step), 1 + 2 * step);
  EXPECT_EQ(rounded(-1 - 1.5f * step), -1 - 2 * step);
  EXPECT_EQ(rounded(2 - 0.5f * step), 2) << "into the next power";
  EXPECT_TRUE(std::signbit(rounded(-0.0f)));
  EXPECT_EQ(rounded(0x1p-133f), 0x1p-133f) << "the smallest";
  EXPECT_EQ(rounded(0x1p-134f), 0);
  EXPECT_EQ(rounded(inf), inf);
  EXPECT_EQ(rounded(std::numeric_limits<float>::max()), inf);
  EXPECT_TRUE(std::isnan(rounded(nan)));
  EXPECT_TRUE(std::isnan(rounded(std::bit_cast<float>(0x7f800001u)))) << "a NaN whose upper half is that of Inf";
  EXPECT_TRUE(std::isnan(rounded(std::bit_cast<float>(0xffffffffu))));
}

TEST(CompressionTest, WhatIsLostAndWhatIsSentAreTogetherWhatWas) {
  Stream random({.seed = 6});
  std::vector<float> block(1000);
  for (float& x : block) x = random.normal();
  for (const CompressionOptions options : {CompressionOptions{Kind::top_k, 0.1}, {Kind::sign}, {Kind::bf16}}) {
    const auto made = compress(options, block);
    for (size_t i = 0; i < block.size(); ++i) ASSERT_NEAR(made.sent[i] + made.lost[i], block[i], 1e-6);
    auto alone = block;
    zenops::compress(options, alone, {});
    EXPECT_THAT(alone, ElementsAreArray(made.sent)) << "whether anybody asks for what is lost or not";
  }
}

TEST(CompressionTest, StatisticsAreNotCompressed) {
  const Block weight{.name = "w", .shape = {3}}, statistic{.name = "v", .shape = {3}, .buffer = true};
  EXPECT_TRUE(zenops::compressed({Kind::sign}, weight));
  EXPECT_FALSE(zenops::compressed({Kind::sign}, statistic));
  EXPECT_FALSE(zenops::compressed({}, weight));
}

}  // namespace
}  // namespace zenops
