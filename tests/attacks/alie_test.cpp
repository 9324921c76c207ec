#include "attacks/alie.hpp"

#include <gtest/gtest.h>

#include "tests/attacks/lying.hpp"

namespace zenops {
namespace {

TEST(AlieTest, ZFollowsThePapersFormula) {
  // Φ⁻¹((n − f − s) / (n − f)), s = ⌊n/2 + 1⌋ − f.
  EXPECT_NEAR(alie_z(26, 24), 1.4260769, 1e-6) << "n = 50, f = 24: s = 2, 24 of 26";
  EXPECT_NEAR(alie_z(10, 3), 0.2533471, 1e-6) << "n = 13, f = 3: s = 4, 6 of 10";
  EXPECT_NEAR(alie_z(40, 10), 0.2533471, 1e-6) << "n = 50, f = 10: s = 16, 24 of 40";
  EXPECT_NEAR(alie_z(2, 1), 0, 1e-9) << "n = 3: 1 of 2";
  EXPECT_NEAR(alie_z(3, 1), -0.4307273, 1e-6) << "n = 4: 1 of 3 is less than half";
}

TEST(AlieTest, ZIsFiniteForAnyNumbersOfRows) {
  for (size_t h = 1; h < 40; ++h)
    for (size_t f = 1; f < 40; ++f) {
      ASSERT_TRUE(std::isfinite(alie_z(h, f)));
      ASSERT_LE(std::abs(alie_z(h, f)), 8) << h << " honest, " << f << " liars";
    }
  EXPECT_EQ(alie_z(1, 1), 0);
  EXPECT_EQ(alie_z(5, 6), 8) << "liars are the majority";
}

TEST(AlieTest, SendsTheMeanLessSoManyDeviations) {
  const Rows rows = honest_rows(7, 300);
  const auto lie = lie_of("alie", {{"tau", 1.5}}, rows, 2), paper = lie_of("alie", {}, rows, 2), other = lie_of("alie", {{"sign", -1}}, rows, 2);
  for (size_t i = 0; i < 300; ++i) {
    const double mean = plain_mean(rows, i), deviation = plain_deviation(rows, i);
    ASSERT_NEAR(lie[i], mean - 1.5 * deviation, 1e-6);
    ASSERT_NEAR(paper[i], mean - alie_z(7, 2) * deviation, 1e-6);
    ASSERT_NEAR(other[i], mean + alie_z(7, 2) * deviation, 1e-6);
  }
}

TEST(OptAlieTest, DoesAtLeastTheHarmOfAlieWithEveryTauThatItTries) {
  const Rows rows = honest_rows(10, 200);
  const HonestRows honest(spans(rows));
  const Attacks attacks = Attacks::standard();
  const AttackEntry& attack = *attacks.find("opt_alie");
  const RuleChoice rule{.rule = {.name = "trimmed_mean", .parameters = {{"f", 3}}}, .pre = {{.name = "nnm"}}};
  double most = 0;
  std::vector<double> taus;
  const auto watched = [&](std::span<const std::span<const float>> lies) {
    const std::vector<float> tried(lies[0].begin(), lies[0].end());
    const double tau = (plain_mean(rows, 0) - tried[0]) / plain_deviation(rows, 0);
    taus.push_back(tau);
    most = std::max(most, harm(rule, rows, lie_of("alie", {{"tau", tau}}, rows, 3), 3));
    return made_of(rule, rows, tried, 3);
  };
  AttackMemory memory;
  Stream stream({1, Role::worker, UINT32_MAX, Purpose::noise, 1});
  const auto found = lie(attack, with_defaults(attack, {}), honest.known(Sight::rule, 3, 1, watched), memory, stream);
  EXPECT_EQ(taus.size(), 20u);
  EXPECT_NEAR(taus[0], 0, 1e-5);
  EXPECT_NEAR(taus[1], 10, 1e-4);
  EXPECT_GT(most, 0);
  EXPECT_GE(harm(rule, rows, found, 3), most * (1 - 1e-5));
}

TEST(OptAlieTest, SearchesAsByzFLDoes) {
  // The plain search over its own aggregations; t of the lie is read from one coordinate.
  const Rows rows = honest_rows(9, 50, 4);
  for (const std::string name : {"median", "multi_krum", "average", "geometric_median"}) {
    const RuleChoice rule{.rule = {.name = name}};
    const auto at = [&](double t) { return lie_of("alie", {{"tau", t}}, rows, 2); };
    double best = 0, most = harm(rule, rows, at(0), 2), delta = 10;
    int left = 19;
    for (bool better = true; left > 0 && better; --left) {
      const double found = harm(rule, rows, at(best + delta), 2);
      better = found > most;
      if (better) best += delta, most = found;
      delta *= better ? 2 : 0.8;
    }
    for (; left > 0; --left, delta *= 0.8)
      if (const double found = harm(rule, rows, at(best + delta), 2); found > most) best += delta, most = found;
    const auto lie = lie_of("opt_alie", {}, rows, 2, rule);
    EXPECT_NEAR((plain_mean(rows, 3) - lie[3]) / plain_deviation(rows, 3), best, 1e-4 * (1 + best)) << name;
  }
}

TEST(OptAlieTest, AsksTheRuleAsOftenAsItMayAndLooksToTheOtherSideForANegativeStep) {
  const Rows rows = honest_rows(5, 10);
  const HonestRows honest(spans(rows));
  const Attacks attacks = Attacks::standard();
  const AttackEntry& attack = *attacks.find("opt_alie");
  int asked = 0;
  const auto rule = [&](std::span<const std::span<const float>> lies) {
    ++asked;
    EXPECT_EQ(lies.size(), 2u);
    return std::vector<float>(lies[0].begin(), lies[0].end());
  };
  AttackMemory memory;
  Stream stream({1, Role::worker, UINT32_MAX, Purpose::noise, 1});
  const auto out = lie(attack, with_defaults(attack, {{"evals", 7}, {"delta", -1}}), honest.known(Sight::rule, 2, 1, rule), memory, stream);
  EXPECT_EQ(asked, 7);
  for (size_t i = 0; i < 10; ++i) EXPECT_GT(out[i], plain_mean(rows, i)) << "it doubled to t = −63";
}

}  // namespace
}  // namespace zenops
