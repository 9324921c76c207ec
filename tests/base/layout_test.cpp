#include "base/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/philox.hpp"

namespace zenops {
namespace {

Layout cnn_like() {
  return Layout({{"conv.weight", {50, 20, 5, 5}},
                 {"conv.bias", {50}},
                 {"fc.weight", {500, 800}},
                 {"scale", {}},
                 {"fc.bias", {500}}});
}

/// Some hundred blocks, from no floats to 2^18, drawn from the seed.
std::vector<Layout> layouts() {
  std::vector<Layout> all = {cnn_like(), Layout({{"w", {10}}}), Layout({{"none", {0, 3}}, {"w", {2}}, {"last", {0}}})};
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    Stream stream({seed, Role::model, 0, Purpose::noise});
    std::vector<Block> blocks;
    for (uint32_t b = 0, count = 1 + stream.below(12); b < count; ++b)
      blocks.push_back({std::to_string(b), {stream.below(1 + (1 << stream.below(19)))}});
    all.emplace_back(std::move(blocks));
  }
  return all;
}

TEST(LayoutTest, ComputesOffsetsAndSizesFromTheShapes) {
  const Layout layout = cnn_like();
  EXPECT_EQ(layout.dimension(), 25'000u + 50 + 400'000 + 1 + 500);
  EXPECT_EQ(layout.blocks()[2].offset, 25'050u);
  EXPECT_EQ(layout.blocks()[3].size, 1u) << "a scalar is one float";
}

TEST(LayoutTest, SegmentsTileTheBlocksWithoutCrossingThem) {
  for (const Layout& layout : layouts()) {
    size_t at = 0;
    uint32_t block = 0;
    for (const Segment& s : layout.segments()) {
      ASSERT_EQ(s.offset, at);
      ASSERT_GT(s.size, 0u);
      ASSERT_LE(s.size, layout.longest_segment());
      ASSERT_GE(s.block, block);
      const Block& of = layout.blocks()[block = s.block];
      ASSERT_GE(s.offset, of.offset);
      ASSERT_LE(s.offset + s.size, of.offset + of.size);
      at += s.size;
    }
    EXPECT_EQ(at, layout.dimension());
  }
}

TEST(LayoutTest, KeepsSegmentsFewForAHugeModel) {
  std::vector<Block> blocks(100, Block{"w", {10'000'000}});
  const Layout layout(std::move(blocks));
  EXPECT_LE(layout.segments().size(), 1100u);
}

TEST(LayoutTest, ShardsTileTheFloatsHoweverManyThereAre) {
  for (const Layout& layout : layouts()) {
    const auto segments = static_cast<uint32_t>(layout.segments().size());
    for (uint32_t count : {1u, 2u, 3u, 7u, segments + 1, 2 * segments + 5}) {
      uint32_t segment = 0;
      size_t at = 0;
      for (uint32_t k = 0; k < count; ++k) {
        const ShardRange range = layout.shard(k, count);
        ASSERT_EQ(range.first, segment);
        ASSERT_EQ(range.offset, at);
        size_t size = 0;
        for (segment = range.first; segment < range.last; ++segment) size += layout.segments()[segment].size;
        ASSERT_EQ(range.size, size);
        ASSERT_EQ(segment, range.last);
        at += size;
      }
      ASSERT_EQ(segment, segments);
      ASSERT_EQ(at, layout.dimension());
    }
  }
}

TEST(LayoutTest, ShardsAreCutAtTheSegmentNearestToAnEvenShare) {
  for (const Layout& layout : layouts()) {
    const auto d = static_cast<double>(layout.dimension()), longest = static_cast<double>(layout.longest_segment());
    for (uint32_t count : {2u, 3u, 7u})
      for (uint32_t k = 1; k < count; ++k)
        ASSERT_NEAR(static_cast<double>(layout.shard(k, count).offset), d * k / count, longest / 2);
  }
}

TEST(LayoutTest, OfNothingHasEmptyShards) {
  const ShardRange range = Layout().shard(1, 3);
  EXPECT_EQ(range.first, range.last);
  EXPECT_EQ(range.size, 0u);
}

}  // namespace
}  // namespace zenops
