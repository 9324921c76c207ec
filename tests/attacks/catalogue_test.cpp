#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/attacks/lying.hpp"

namespace zenops {
namespace {

const Attacks attacks = Attacks::standard();

std::vector<std::string> collusions() {
  std::vector<std::string> names;
  for (const auto& entry : attacks.entries())
    if (entry.lie == Lie::collusion) names.push_back(entry.name);
  return names;
}

TEST(CatalogueOfAttacksTest, NamesAreUniqueAndACollusionKnowsSomething) {
  std::vector<std::string> names;
  for (const auto& entry : attacks.entries()) {
    EXPECT_THAT(names, testing::Not(testing::Contains(entry.name)));
    names.push_back(entry.name);
    EXPECT_EQ(entry.lie == Lie::collusion, entry.collude != nullptr) << entry.name;
    EXPECT_EQ(entry.lie == Lie::collusion, entry.sees >= Sight::statistics) << entry.name;
    EXPECT_FALSE(entry.sentence.empty());
    for (const auto& parameter : entry.parameters) {
      EXPECT_LE(parameter.min, parameter.default_value) << entry.name << ", " << parameter.name;
      EXPECT_GE(parameter.max, parameter.default_value) << entry.name << ", " << parameter.name;
    }
  }
  EXPECT_THAT(collusions(), testing::IsSupersetOf({"sign_flip", "alie", "opt_alie", "ipm", "opt_ipm", "mimic", "mimic_warmup", "min_max",
                                                   "min_sum", "fang_krum", "fang_trimmed", "adaptive_nnm", "adaptive_zeno"}));
}

TEST(CatalogueOfAttacksTest, EveryCollusionIsFiniteForAnyFiniteRows) {
  const float most = std::numeric_limits<float>::max(), least = std::numeric_limits<float>::denorm_min();
  const std::vector<Rows> hard = {
      {{}, {}, {}},
      {{3, -1}},
      {{0}},
      {{1, 2}, {1, 2}, {1, 2}},
      {{0, 0}, {0, 0}},
      {{1, -1}, {-1, 1}},
      {{1e38f, -1e38f}, {1e38f, 1e38f}, {-1e38f, 1e38f}},
      {{most, most}, {-most, most}},
      {{most, -most}},
      {{least, 0}, {0, least}, {-least, least}},
      {{least}, {most}},
      {{1e-30f, 1e30f}, {-1e-30f, 1e30f}, {1e-30f, 1e30f}, {0, 0}},
      honest_rows(30, 3),
  };
  for (const std::string& name : collusions())
    for (const Rows& rows : hard)
      for (const size_t liars : {size_t{1}, size_t{2}, size_t{40}}) {
        AttackMemory memory;
        for (uint32_t round = 1; round <= 2; ++round) {
          const auto lie = lie_of(name, {}, rows, liars, {.rule = {.name = "median"}}, &memory, round);
          ASSERT_EQ(lie.size(), rows[0].size());
          for (const float x : lie) EXPECT_TRUE(std::isfinite(x)) << name << ", " << rows.size() << " rows, " << liars << " liars";
          for (const float x : memory) EXPECT_TRUE(std::isfinite(x)) << name;
        }
      }
}

TEST(CatalogueOfAttacksTest, EveryCollusionWithItsLargestParametersIsFinite) {
  const Rows rows = honest_rows(5, 20);
  for (const std::string& name : collusions())
    for (const bool largest : {true, false}) {
      const AttackEntry& entry = *attacks.find(name);
      Parameters parameters;
      for (const Parameter& p : entry.parameters)
        parameters[p.name] = p.name == "evals" || p.name == "tries" ? 3 : largest ? p.max : p.min;
      for (const float x : lie_of(name, parameters, rows, 2)) EXPECT_TRUE(std::isfinite(x)) << name;
    }
}

TEST(CatalogueOfAttacksTest, EveryCollusionScalesWithTheRows) {
  // What is in units of steps has to be: a smaller learning rate must not unmask a liar.
  const Rows rows = honest_rows(8, 50);
  Rows small = rows;
  for (auto& row : small)
    for (float& x : row) x *= 0x1p-20f;
  const RuleChoice rule{.rule = {.name = "krum", .parameters = {{"f", 2}}}};
  for (const std::string& name : collusions()) {
    const auto lie = lie_of(name, {}, rows, 2, rule), less = lie_of(name, {}, small, 2, rule);
    for (size_t i = 0; i < lie.size(); ++i) EXPECT_NEAR(less[i] * 0x1p20f, lie[i], 2e-3 * std::abs(lie[i]) + 1e-5) << name;
  }
}

TEST(CatalogueOfAttacksTest, GaussianAndConstantSendNothingOfTheUpdate) {
  std::vector<float> update(100'000, 3), other(100'000, -5);
  const AttackEntry& gaussian = *attacks.find("gaussian");
  for (auto* u : {&update, &other}) {
    Stream stream({1, Role::worker, 0, Purpose::noise, 1});
    gaussian.poison(*u, {{"mean", 0.1}, {"deviation", 2}}, stream);
  }
  EXPECT_EQ(update, other);
  double mean = 0, square = 0;
  for (const float x : update) mean += x / 1e5;
  for (const float x : update) square += (x - mean) * (x - mean) / 1e5;
  EXPECT_NEAR(mean, 0.1, 0.03);
  EXPECT_NEAR(std::sqrt(square), 2, 0.02);
  Stream stream({1, Role::worker, 0, Purpose::noise, 1});
  attacks.find("constant")->poison(update, {{"value", -0.25}}, stream);
  EXPECT_THAT(update, testing::Each(-0.25f));
}

}  // namespace
}  // namespace zenops
