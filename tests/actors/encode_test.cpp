// Compressed parts through the door: what comes out is what went in, and no liar's words come through.
#include "actors/wire/encode.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "actors/compression.hpp"
#include "actors/wire/compose.hpp"
#include "actors/wire/door.hpp"
#include "base/philox.hpp"

namespace zenops {
namespace {

using Kind = CompressionOptions::Kind;
using testing::ElementsAreArray;
using testing::HasSubstr;
using Words = std::vector<uint32_t>;

uint32_t bits(float x) { return std::bit_cast<uint32_t>(x); }
const uint32_t nan = bits(std::numeric_limits<float>::quiet_NaN()), inf = bits(std::numeric_limits<float>::infinity());

Words words_of(const Row& row) {
  Words out;
  for (const float& x : row.view()) {
    uint32_t word;
    std::memcpy(&word, &x, sizeof word);
    out.push_back(word);
  }
  return out;
}
Row row_of(const Words& words) {
  Row row(std::shared_ptr<float[]>(new float[words.size()]), 0, words.size());
  std::ranges::copy(std::as_bytes(std::span(words)), std::as_writable_bytes(row.mutable_view()).begin());
  return row;
}

TEST(EncodeTest, TopKIsTheIndicesThenTheNumbers) {
  EXPECT_THAT(words_of(encode(Kind::top_k, std::vector<float>{0, -3, 0, 0, 2})),
              ElementsAreArray({1u, 4u, bits(-3), bits(2)}));
  EXPECT_EQ(encode(Kind::top_k, std::vector<float>{0, 0}).size(), 0u);
}

TEST(EncodeTest, SignIsTheSizeThenABitForEachNumber) {
  std::vector<float> numbers(34, 0.5f);
  numbers[0] = numbers[31] = numbers[33] = -0.5f;
  EXPECT_THAT(words_of(encode(Kind::sign, numbers)), ElementsAreArray({bits(0.5f), 0x80000001u, 2u}));
}

TEST(EncodeTest, Bf16IsTwoUpperHalvesInAWord) {
  EXPECT_THAT(words_of(encode(Kind::bf16, std::vector<float>{1, -2, 1.5f})), ElementsAreArray({0xc0003f80u, 0x3fc0u}));
}

/// Blocks of 2048, 30 and 1500 numbers in segments of 1024, of which the second is a statistic where a test says so.
class CompressedDoorTest : public testing::Test {
 protected:
  Expected<ShardRow> admit(const Envelope& e, const ShardRange& range, Sender sender = Sender::worker) {
    return door::admit(Msg<wire::Push>(e), 1, layout_, range, sender, {compression_, &rows_});
  }
  /// A push of the one block "b", its 30 numbers said in these words.
  Expected<ShardRow> admit(const Words& words, wire::Encoding encoding, uint64_t shape, uint32_t first = 2,
                           uint32_t segments = 1) {
    return admit(Envelope::of<wire::Push>(
                     [&](wire::Push::Builder push) {
                       push.setRound(1);
                       auto part = push.initParts(1)[0];
                       part.setFirstSegment(first);
                       part.setSegments(segments);
                       part.setEncoding(encoding);
                       part.initTensor().initShape(1).set(0, shape);
                     },
                     {row_of(words)}),
                 {0, 5, 0, 3578});
  }
  Expected<ShardRow> admit(const Words& words) { return admit(words, encoding_of(compression_.kind), words.size()); }
  Row update() {
    Row row = rows_.make(layout_.dimension());
    Stream random({.seed = 9});
    for (float& x : row.mutable_view()) x = random.normal();
    for (const Block& block : layout_.blocks())
      if (compressed(compression_, block))
        compress(compression_, row.mutable_view().subspan(block.offset, block.size), {});
    return row;
  }
  void choose(Kind kind) { compression_ = {kind, 0.1}; }

  Layout layout_{{{"a", {2, 1024}}, {"b", {30}}, {"c", {1500}}}};
  CompressionOptions compression_;
  Rows rows_;
};

TEST_F(CompressedDoorTest, EveryEncodingComesOutAsItWentInForAnyNumberOfShards) {
  for (const bool statistic : {false, true}) {
    layout_ = Layout({{"a", {2, 1024}}, {.name = "b", .shape = {30}, .buffer = statistic}, {"c", {1500}}});
    for (const Kind kind : {Kind::none, Kind::top_k, Kind::sign, Kind::bf16}) {
      choose(kind);
      const Row sent = update();
      for (const uint32_t shards : {1u, 2u, 5u})
        for (const std::vector<bool>& blocks :
             {std::vector{true, true, true}, {false, true, true}, {true, false, true}}) {
          for (uint32_t s = 0; s < shards; ++s) {
            const ShardRange range = layout_.shard(s, shards);
            const auto row = admit(push_to(range, 1, layout_, sent, blocks, compression_), range);
            ASSERT_TRUE(row) << row.error().what;
            for (uint32_t k = range.first; k < range.last; ++k) {
              const Segment& segment = layout_.segments()[k];
              const float* numbers = row->segments[k - range.first];
              ASSERT_EQ(numbers != nullptr, blocks[segment.block]);
              if (!numbers) continue;
              ASSERT_THAT(std::span(numbers, segment.size),
                          ElementsAreArray(sent.view().subspan(segment.offset, segment.size)));
            }
          }
        }
    }
  }
}

TEST_F(CompressedDoorTest, WhatTravelsIsAsShortAsItSays) {
  auto words = [&] {
    size_t sum = 0;
    for (const Row& row : push_to({0, 5, 0, 3578}, 1, layout_, update(), {true, true, true}, compression_).rows)
      sum += row.size();
    return sum;
  };
  choose(Kind::none);
  EXPECT_EQ(words(), 3578u);
  choose(Kind::top_k);
  EXPECT_EQ(words(), 2u * (205 + 3 + 150));
  choose(Kind::sign);
  EXPECT_EQ(words(), 3u + 64 + 1 + 47);
  choose(Kind::bf16);
  EXPECT_EQ(words(), 1789u);
}

TEST_F(CompressedDoorTest, OnlyThisRunsEncodingComesThrough) {
  for (const Kind run : {Kind::none, Kind::top_k, Kind::sign, Kind::bf16})
    for (const Kind said : {Kind::none, Kind::top_k, Kind::sign, Kind::bf16}) {
      choose(said);
      const Envelope e = push_to({0, 5, 0, 3578}, 1, layout_, update(), {true, true, true}, compression_);
      choose(run);
      const auto row = admit(e, {0, 5, 0, 3578});
      EXPECT_EQ(row.has_value(), run == said);
      if (row) continue;
      EXPECT_EQ(row.error().code, Ec::malformed);
      EXPECT_THAT(row.error().what, HasSubstr("encoded"));
    }
  choose(Kind::sign);
  EXPECT_EQ(admit({bits(1), 0}, static_cast<wire::Encoding>(999), 2).error().code, Ec::malformed)
      << "one that there is not";
}

TEST_F(CompressedDoorTest, AValidatorsRowsAreDense) {
  choose(Kind::sign);
  const Row row = update();
  EXPECT_TRUE(admit(push_to({0, 5, 0, 3578}, 1, layout_, row, {true, true, true}), {0, 5, 0, 3578}, Sender::validator));
  EXPECT_FALSE(admit(push_to({0, 5, 0, 3578}, 1, layout_, row, {true, true, true}, compression_), {0, 5, 0, 3578},
                     Sender::validator));
}

TEST_F(CompressedDoorTest, AnEncodedPartIsOneBlock) {
  choose(Kind::bf16);
  const auto row = admit(Words(765, 0), wire::Encoding::BF16, 765, 2, 3);
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().code, Ec::malformed);
}

/// What a liar may say, and why it is refused.
struct Liar {
  const char* what;
  Words words;
  Ec code;
};

TEST_F(CompressedDoorTest, RefusesTopKThatContradictsItself) {
  choose(Kind::top_k);  // 3 of 30
  const uint32_t one = bits(1);
  ASSERT_TRUE(admit({0, 7, 29, one, one, one}));
  ASSERT_TRUE(admit({29, one})) << "fewer, as a shard has them that owns some of a block";
  ASSERT_TRUE(admit(Words{}));
  for (const Liar& liar : {Liar{"an index behind the end", {0, 7, 30, one, one, one}, Ec::malformed},
                           {"one far behind it", {0, 7, 0xffffffffu, one, one, one}, Ec::malformed},
                           {"descending", {7, 0, one, one}, Ec::malformed},
                           {"one twice", {7, 7, one, one}, Ec::malformed},
                           {"more than the run's share", {0, 1, 2, 3, one, one, one, one}, Ec::wrong_shape},
                           {"half a pair", {0, 7, one}, Ec::wrong_shape},
                           {"NaN", {0, 7, one, nan}, Ec::not_finite},
                           {"Inf", {0, inf}, Ec::not_finite},
                           {"a dense block", Words(30, one), Ec::wrong_shape}}) {
    const auto row = admit(liar.words);
    ASSERT_FALSE(row) << liar.what;
    EXPECT_EQ(row.error().code, liar.code) << liar.what;
  }
}

TEST_F(CompressedDoorTest, RefusesSignsThatContradictThemselves) {
  choose(Kind::sign);
  ASSERT_TRUE(admit({bits(1), 0x3fffffffu}));
  for (const Liar& liar : {Liar{"no bits", {bits(1)}, Ec::wrong_shape},
                           {"nothing", {}, Ec::wrong_shape},
                           {"a word too many", {bits(1), 0, 0}, Ec::wrong_shape},
                           {"something after the last bit", {bits(1), 0x40000000u}, Ec::malformed},
                           {"NaN", {nan, 0}, Ec::not_finite},
                           {"-Inf", {inf | 0x80000000u, 0}, Ec::not_finite},
                           {"a size below zero", {bits(-1), 0}, Ec::malformed}}) {
    const auto row = admit(liar.words);
    ASSERT_FALSE(row) << liar.what;
    EXPECT_EQ(row.error().code, liar.code) << liar.what;
  }
}

TEST_F(CompressedDoorTest, RefusesHalvesThatContradictThemselves) {
  layout_ = Layout({{"a", {2, 1024}}, {"b", {29}}, {"c", {1501}}});
  choose(Kind::bf16);
  Words good(15, 0x3f803f80u);
  good[14] = 0x3f80u;
  ASSERT_TRUE(admit(good));
  auto with = [&](size_t k, uint32_t word) {
    Words words = good;
    words[k] = word;
    return words;
  };
  for (const Liar& liar : {Liar{"too short", Words(14, 0), Ec::wrong_shape},
                           {"too long", Words(16, 0), Ec::wrong_shape},
                           {"dense", Words(29, 0), Ec::wrong_shape},
                           {"something after the last number", with(14, 0x00013f80u), Ec::malformed},
                           {"NaN in a lower half", with(3, 0x00007fc0u), Ec::not_finite},
                           {"Inf in an upper half", with(3, 0xff800000u), Ec::not_finite},
                           {"NaN at the end", with(14, 0x7fc0u), Ec::not_finite}}) {
    const auto row = admit(liar.words);
    ASSERT_FALSE(row) << liar.what;
    EXPECT_EQ(row.error().code, liar.code) << liar.what;
  }
}

TEST_F(CompressedDoorTest, RefusesARowThatIsNotAsLongAsItsShape) {
  for (const Kind kind : {Kind::top_k, Kind::sign, Kind::bf16}) {
    choose(kind);
    for (const uint64_t shape : {uint64_t{0}, uint64_t{3}, uint64_t{1} << 62})
      EXPECT_EQ(admit({0, 0}, encoding_of(kind), shape).error().code, Ec::wrong_shape);
  }
}

TEST_F(CompressedDoorTest, WhateverTheWordsWhatComesThroughIsFiniteAndWithinTheShare) {
  const uint64_t seed = 43;
  Stream random({.seed = seed});
  for (const Kind kind : {Kind::top_k, Kind::sign, Kind::bf16}) {
    choose(kind);
    int admitted = 0, refused = 0;
    for (int trial = 0; trial < 20000; ++trial) {
      Words words(random.below(2) ? random.below(8) : kind == Kind::bf16 ? 15 : 2);
      for (uint32_t& word : words) word = random.below(2) ? random.below(40) : random.below(0xffffffffu);
      const auto row = admit(words);
      ++(row ? admitted : refused);
      if (!row) continue;
      const std::span numbers(row->segments[2], 30);
      ASSERT_TRUE(std::ranges::all_of(numbers, [](float x) { return std::isfinite(x); }))
          << "seed " << seed << " trial " << trial;
      ASSERT_LE(std::ranges::count_if(numbers, [](float x) { return x != 0; }), kind == Kind::top_k ? 3 : 30);
    }
    EXPECT_GT(admitted, 0);
    EXPECT_GT(refused, 0);
  }
}

}  // namespace
}  // namespace zenops
