#include "actors/wire/door.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "actors/wire/compose.hpp"
#include "base/philox.hpp"

namespace zenops {
namespace {

// Blocks of 2048, 30 and 1500 floats in segments of 1024: {0, 1}, {2}, {3, 4}.
const Layout layout({{"a", {2, 1024}}, {"b", {30}}, {"c", {1500}}});
const ShardRange whole{0, 5, 0, 3578};

Row numbers(size_t n = 3578) {
  Row row(std::shared_ptr<float[]>(new float[n]), 0, n);
  for (size_t i = 0; i < n; ++i) row.mutable_view()[i] = static_cast<float>(i);
  return row;
}

struct PartSpec {
  uint32_t first, segments;
  uint64_t shape;
  size_t size;
  uint16_t row = 0;
};
Envelope push(std::vector<PartSpec> specs, uint32_t round = 1) {
  std::vector<Row> rows;
  for (const auto& p : specs) rows.push_back(numbers(p.size));
  return Envelope::of<wire::Push>(
      [&](wire::Push::Builder b) {
        b.setRound(round);
        auto parts = b.initParts(static_cast<uint32_t>(specs.size()));
        for (uint32_t k = 0; k < specs.size(); ++k) {
          parts[k].setFirstSegment(specs[k].first);
          parts[k].setSegments(specs[k].segments);
          auto t = parts[k].initTensor();
          t.initShape(1).set(0, specs[k].shape);
          t.setRow(specs[k].row);
        }
      },
      rows);
}
Expected<ShardRow> admit(const Envelope& e, const ShardRange& range = whole) {
  return door::admit(Msg<wire::Push>(e), 1, layout, range, Sender::worker);
}

TEST(DoorTest, TheLayoutIsAsTheseTestsThink) {
  ASSERT_EQ(layout.segments().size(), 5u);
  ASSERT_EQ(layout.dimension(), 3578u);
}

TEST(DoorTest, LetsOnlyValidatorsSendWhatIsNotJudged) {
  for (Exchange exchange : {Exchange::trusted, Exchange::none}) {
    const Layout with_statistics(
        {{"a", {2, 1024}}, {.name = "b", .shape = {30}, .buffer = true, .exchange = exchange}, {"c", {1500}}});
    const Envelope everything = push_to(whole, 1, with_statistics, numbers(), {true, true, true}),
                   judged = push_to(whole, 1, with_statistics, numbers(), {true, false, true});
    auto admitted = [&](const Envelope& e, Sender sender) {
      return door::admit(Msg<wire::Push>(e), 1, with_statistics, whole, sender);
    };
    const auto refused = admitted(everything, Sender::worker);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Ec::malformed);
    EXPECT_TRUE(admitted(everything, Sender::validator));
    EXPECT_TRUE(admitted(judged, Sender::worker));
  }
}

TEST(DoorTest, LetsAWholeUpdateThroughWithoutCopyingIt) {
  const Row update = numbers();
  const auto row = admit(push_to(whole, 1, layout, update, {true, true, true}));
  ASSERT_TRUE(row);
  for (uint32_t s = 0; s < 5; ++s) EXPECT_EQ(row->segments[s], update.view().data() + layout.segments()[s].offset);
  EXPECT_THAT(row->blocks, testing::ElementsAre(true, true, true));
}

TEST(DoorTest, ABlockThatIsLeftOutIsARowOfZeros) {
  const auto row = admit(push_to(whole, 1, layout, numbers(), {true, false, true}));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->segments[2], nullptr);
  EXPECT_NE(row->segments[1], nullptr);
  EXPECT_NE(row->segments[3], nullptr);
  EXPECT_THAT(row->blocks, testing::ElementsAre(true, false, true));
  const auto nothing = admit(push_to(whole, 1, layout, numbers(), {false, false, false}));
  ASSERT_TRUE(nothing);
  EXPECT_THAT(nothing->segments, testing::Each(nullptr));
}

TEST(DoorTest, AShardGetsItsOwnPartOfABlock) {
  const ShardRange second{1, 4, 1024, 1024 + 30 + 1024};
  const auto row = admit(push_to(second, 1, layout, numbers(), {true, true, true}), second);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->segments.size(), 3u);
  EXPECT_EQ(row->segments[1][0], 2048.0f);
}

TEST(DoorTest, RefusesAnotherRounds) { EXPECT_EQ(admit(push({}, 2)).error().code, Ec::stale); }

TEST(DoorTest, RefusesPartsOutOfPlace) {
  const std::vector<std::pair<const char*, std::vector<PartSpec>>> liars = {
      {"half a block", {{0, 1, 1024, 1024}}},
      {"the other half", {{1, 1, 1024, 1024}}},
      {"from the middle of one block into the next", {{1, 2, 1054, 1054}}},
      {"no segment", {{0, 0, 0, 0}}},
      {"beyond the end", {{3, 3, 1500, 1500}}},
      {"far beyond the end", {{4000000000u, 1, 1, 1}}},
      {"so many that the sum overflows", {{2, 4294967295u, 30, 30}}},
      {"twice the same", {{2, 1, 30, 30, 0}, {2, 1, 30, 30, 1}}},
      {"backwards", {{3, 2, 1500, 1500, 0}, {2, 1, 30, 30, 1}}},
      {"a row that is not there", {{2, 1, 30, 30, 1}}},
  };
  for (const auto& [what, parts] : liars) {
    const auto row = admit(push(parts));
    ASSERT_FALSE(row) << what;
    EXPECT_EQ(row.error().code, Ec::malformed) << what;
  }
}

TEST(DoorTest, RefusesTensorsThatDoNotFit) {
  EXPECT_EQ(admit(push({{2, 1, 31, 31}})).error().code, Ec::wrong_shape) << "too long";
  EXPECT_EQ(admit(push({{2, 1, 30, 29}})).error().code, Ec::wrong_shape) << "shorter than it says";
  EXPECT_EQ(admit(push({{2, 1, uint64_t{1} << 62, 30}})).error().code, Ec::wrong_shape) << "absurd";
}

TEST(DoorTest, RefusesWhatIsNotFiniteWhereverItStands) {
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()}) {
    for (size_t at : {size_t{0}, size_t{1023}, size_t{2060}, size_t{3577}}) {
      Row update = numbers();
      update.mutable_view()[at] = bad;
      const auto row = admit(push_to(whole, 1, layout, update, {true, true, true}));
      ASSERT_FALSE(row);
      EXPECT_EQ(row.error().code, Ec::not_finite);
    }
  }
  Row huge = numbers();
  huge.mutable_view()[5] = 3e38f;
  EXPECT_TRUE(admit(push_to(whole, 1, layout, huge, {true, true, true}))) << "huge is finite";
}

TEST(DoorTest, WhatComesThroughPointsIntoItsRowsWhateverTheBytesWere) {
  const uint64_t seed = 42;
  Stream random({.seed = seed});
  const auto good = to_bytes(push_to(whole, 1, layout, numbers(), {true, false, true}));
  int admitted = 0, refused = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    auto bytes = good;
    // Mostly in the message itself, which is the first few hundred bytes.
    for (uint32_t k = 0, n = 1 + random.below(4); k < n; ++k)
      bytes[random.below(random.below(4) ? 300 : static_cast<uint32_t>(bytes.size()))] = static_cast<std::byte>(random.below(256));
    auto e = from_bytes(bytes);
    if (!e || e->type != capnp::typeId<wire::Push>()) continue;
    try {
      const auto row = admit(*e);
      if (!row) {
        ++refused;
        continue;
      }
      ++admitted;
      for (uint32_t s = 0; s < 5; ++s) {
        if (!row->segments[s]) continue;
        const bool inside = std::ranges::any_of(row->rows, [&](const Row& r) {
          return row->segments[s] >= r.view().data() &&
                 row->segments[s] + layout.segments()[s].size <= r.view().data() + r.size();
        });
        ASSERT_TRUE(inside) << "seed " << seed << " trial " << trial;
      }
    } catch (const kj::Exception&) {
      ++refused;  // the behaviour calls it malformed
    }
  }
  EXPECT_GT(admitted, 0);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace zenops
