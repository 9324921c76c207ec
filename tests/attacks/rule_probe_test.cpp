#include "attacks/rule_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/philox.hpp"

namespace zenops {
namespace {

using Row = std::vector<float>;
using Rows = std::vector<Row>;
using Span = std::span<const float>;

std::vector<Span> spans(const Rows& rows) { return {rows.begin(), rows.end()}; }

Rows normal(size_t n, size_t d, uint32_t seed) {
  Stream stream({seed, Role::data, 0, Purpose::noise});
  Rows rows(n, Row(d));
  for (auto& row : rows)
    for (float& x : row) x = 0.1f + stream.normal();
  return rows;
}

/// Every rule that aggregates rows, alone and behind the pre-aggregators that it takes.
std::vector<RuleChoice> choices(const Rules& rules) {
  std::vector<RuleChoice> out;
  for (const auto& entry : rules.entries())
    if (!entry.alone && !entry.needs.losses)
      for (const auto& pre : std::vector<std::vector<Choice>>{
               {}, {{.name = "nnm"}}, {{.name = "clipping"}, {.name = "nnm"}}, {{.name = "bucketing"}}})
        if (RuleChoice choice{.rule = {.name = entry.name}, .pre = pre}; !objection(rules, choice, 1000)) out.push_back(std::move(choice));
  return out;
}

Rows lies(const Rows& honest) {
  const size_t d = honest[0].size();
  Rows out = {Row(d, -3.0f), Row(d, 0.0f), Row(d, 1e30f), Row(d, 1e-30f), honest[2]};
  out.push_back(normal(1, d, 99)[0]);
  return out;
}

TEST(RuleProbeTest, HasTheBitsOfAggregateForEveryRuleAndLie) {
  const Rules rules = Rules::standard();
  for (const size_t d : {1, 37, 5000}) {
    const Rows honest = normal(9, d, 1), trusted = normal(1, d, 5);
    for (const RuleChoice& choice : choices(rules))
      for (const bool believes : {true, false}) {
        const AggregateOptions options{.shards = 1, .pool = nullptr, .trusted = believes ? Span(trusted[0]) : Span()};
        RuleProbe probe(rules, choice, spans(honest), options);
        for (const Row& lie : lies(honest)) {
          const std::vector<Span> liars(2, Span(lie));
          auto all = spans(honest);
          all.insert(all.end(), liars.begin(), liars.end());
          const auto expected = aggregate(rules, choice, all, options);
          EXPECT_EQ(probe.objection(2).has_value(), !expected.has_value());
          if (!expected) continue;
          EXPECT_EQ(probe(liars), expected->row) << choice.rule.name << " behind " << choice.pre.size() << ", lie of " << lie[0];
          EXPECT_EQ(probe.plan().verdicts, expected->plan.verdicts);
        }
      }
  }
}

TEST(RuleProbeTest, TakesDifferentLiesAndTheirPlaces) {
  const Rules rules = Rules::standard();
  const Rows honest = normal(7, 200, 1), told = lies(honest);
  for (const RuleChoice& choice : choices(rules)) {
    if (rules.find(choice.rule.name)->needs.trusted == Trust::validator) continue;
    RuleProbe probe(rules, choice, spans(honest), {}, {0, 4, 8});
    const std::vector<Span> liars = {Span(told[0]), Span(told[5]), Span(told[0])};
    std::vector<Span> all;
    for (size_t k = 0, next = 0; k < 10; ++k)
      all.push_back(k % 4 == 0 ? liars[k / 4] : Span(honest[next++]));
    const auto expected = aggregate(rules, choice, all, {});
    ASSERT_TRUE(expected) << expected.error().what;
    EXPECT_EQ(probe(liars), expected->row) << choice.rule.name;
  }
}

TEST(RuleProbeTest, RefusesALieThatIsNotFiniteAndCountsItsLiar) {
  const Rules rules = Rules::standard();
  const Rows honest = normal(7, 50, 1);
  Row nan = honest[0];
  nan[30] = std::numeric_limits<float>::quiet_NaN();
  const RuleChoice choice{.rule = {.name = "trimmed_mean", .parameters = {{"f", 2}}}};
  RuleProbe probe(rules, choice, spans(honest));
  auto all = spans(honest);
  all.push_back(nan);
  all.push_back(honest[1]);
  EXPECT_EQ(probe(std::vector<Span>{Span(nan), Span(honest[1])}), aggregate(rules, choice, all, {})->row);
}

TEST(RuleProbeTest, DoesNotDependOnThreads) {
  const Rules rules = Rules::standard();
  const Rows honest = normal(9, 5000, 3);
  const RuleChoice choice{.rule = {.name = "trimmed_mean"}, .pre = {{.name = "nnm"}}};
  Pool pool(2);
  RuleProbe one(rules, choice, spans(honest)), many(rules, choice, spans(honest), {.shards = 1, .pool = &pool});
  const Row lie(5000, -1.0f);
  const std::vector<Span> liars(3, Span(lie));
  EXPECT_EQ(one(liars), many(liars));
}

TEST(RuleProbeTest, SaysWhyARuleDoesNotAggregate) {
  const Rules rules = Rules::standard();
  const Rows honest = normal(4, 5, 1);
  const auto why = [&](const std::string& rule, Parameters parameters = {}) {
    return RuleProbe(rules, {.rule = {.name = rule, .parameters = std::move(parameters)}}, spans(honest)).objection(2).value_or("nothing");
  };
  EXPECT_THAT(why("krum", {{"f", 2}}), testing::HasSubstr("krum needs n ≥ 2f + 3 = 7, got n = 6"));
  EXPECT_EQ(why("zeno"), "zeno needs a trusted row");
  EXPECT_THAT(why("zeno_loss"), testing::HasSubstr("needs a model"));
  EXPECT_EQ(why("median"), "nothing");
}

TEST(RuleProbeTest, KnowsRowsOfNoNumbers) {
  const Rules rules = Rules::standard();
  const Rows honest(5, Row());
  for (const RuleChoice& choice : choices(rules)) {
    RuleProbe probe(rules, choice, spans(honest));
    const Row lie;
    EXPECT_TRUE(probe(std::vector<Span>(2, Span(lie))).empty());
  }
}

}  // namespace
}  // namespace zenops
