#include "base/philox.hpp"

#include <gmock/gmock.h>

#include <set>
#include <vector>

namespace zenops {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::Lt;

TEST(Philox, GivesTheAnswersThatItsAuthorsPublished) {
  constexpr uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox(0, {0, 0, 0, 0}), (Quad{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox(~uint64_t{0}, {ones, ones, ones, ones}), (Quad{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox(0x299f31d0a4093822, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (Quad{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(StreamTest, GivesTheSameNumbersToWhoeverAsksAgain) {
  const StreamName name{7, Role::worker, 3, Purpose::noise, 11};
  Stream one(name), other(name);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(one.word(), other.word());
}

TEST(StreamTest, SharesNoNumbersWithAStreamOfAnotherName) {
  std::set<Quad> seen;
  size_t streams = 0;
  for (uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 32})
    for (Role role : {Role::worker, Role::validator, Role::data, Role::model})
      for (uint32_t index : {0u, 1u, 2u, 65536u})
        for (Purpose purpose : {Purpose::order, Purpose::subsample, Purpose::sparsity, Purpose::poison, Purpose::noise,
                                Purpose::initial, Purpose::partition})
          for (uint32_t step : {0u, 1u, 65536u})
            for (uint16_t part : {0, 1, 65535}) {
              Stream stream({seed, role, index, purpose, step, part});
              ++streams;
              for (int i = 0; i < 4; ++i) seen.insert({stream.word(), stream.word(), stream.word(), stream.word()});
            }
  EXPECT_EQ(seen.size(), 4 * streams);
}

TEST(StreamTest, UniformNumbersLieInTheirRangeAndSpreadEvenly) {
  Stream stream({1, Role::data, 0, Purpose::noise});
  constexpr int draws = 100'000;
  std::vector<float> values;
  double sum = 0;
  for (int i = 0; i < draws; ++i) sum += values.emplace_back(stream.uniform());
  EXPECT_THAT(values, Each(AllOf(Ge(0.f), Lt(1.f))));
  EXPECT_NEAR(sum / draws, .5, 5 * std::sqrt(1 / 12. / draws));
}

TEST(StreamTest, BelowReachesEveryNumberAndNoOther) {
  Stream stream({1, Role::data, 1, Purpose::noise});
  std::vector<int> counts(7);
  for (int i = 0; i < 7000; ++i) ++counts.at(stream.below(7));
  EXPECT_THAT(counts, Each(AllOf(Ge(1000 - 5 * 30), Lt(1000 + 5 * 30))));
}

TEST(StreamTest, NormalNumbersHaveTheMomentsOfANormalDistribution) {
  Stream stream({1, Role::data, 2, Purpose::noise});
  constexpr int draws = 100'000;
  double sum = 0, squares = 0, fourths = 0;
  for (int i = 0; i < draws; ++i) {
    const double x = stream.normal();
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
  }
  EXPECT_NEAR(sum / draws, 0, 5 * std::sqrt(1. / draws));
  EXPECT_NEAR(squares / draws, 1, 5 * std::sqrt(2. / draws));
  EXPECT_NEAR(fourths / draws, 3, 5 * std::sqrt(96. / draws));
}

TEST(PermutationTest, HitsEveryNumberOnce) {
  std::vector<uint32_t> sizes = {100, 1000, 4095, 4096, 4097, 65537};
  for (uint32_t n = 1; n <= 33; ++n) sizes.push_back(n);
  for (uint32_t n : sizes) {
    const Permutation order(Stream({n, Role::worker, 0, Purpose::order}), n);
    std::vector<int> hits(n);
    for (uint32_t x = 0; x < n; ++x) ++hits.at(order(x));
    ASSERT_THAT(hits, Each(1)) << "n = " << n;
  }
}

TEST(PermutationTest, PutsEveryNumberEverywhereEquallyOften) {
  constexpr int n = 10, draws = 20'000;
  double counts[n][n] = {};
  for (uint32_t step = 0; step < draws; ++step) {
    const Permutation order(Stream({1, Role::worker, 0, Purpose::order, step}), n);
    for (uint32_t x = 0; x < n; ++x) ++counts[x][order(x)];
  }
  double chi_square = 0;
  constexpr double expected = draws / n, freedom = (n - 1) * (n - 1);
  for (const auto& row : counts)
    for (double count : row) chi_square += (count - expected) * (count - expected) / expected;
  EXPECT_NEAR(chi_square, freedom, 5 * std::sqrt(2 * freedom));
}

}  // namespace
}  // namespace zenops
