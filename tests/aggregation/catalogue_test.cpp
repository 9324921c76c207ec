#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/pipeline.hpp"
#include "tests/aggregation/rules/defaults.hpp"

namespace zenops {
namespace {

TEST(CatalogueTest, ListsTheRulesInTheirOrder) {
  std::vector<std::string> names;
  for (const Rules rules = Rules::standard(); const RuleEntry& entry : rules.entries()) names.push_back(entry.name);
  EXPECT_THAT(names,
              testing::ElementsAre("average", "weighted_average", "median", "trimmed_mean", "phocas", "meamed", "geometric_median",
                                   "rfa", "krum", "multi_krum", "bulyan", "mda", "smea", "caf", "cge", "norm_clipping",
                                   "aksel", "dnc", "signsgd_majority", "signguard", "clipped_clustering", "foolsgold", "flame",
                                   "centered_clipping", "fltrust", "monna", "zeno", "zeno_loss", "naive_async", "zenopp",
                                   "zenopp_paper", "kardam", "fed_async", "fed_buff", "async_centered_clipping"));
}

TEST(CatalogueTest, FindsARuleByItsWholeNameOnly) {
  const Rules rules = Rules::standard();
  ASSERT_NE(rules.find("zeno"), nullptr);
  EXPECT_EQ(rules.find("zeno")->passes, 2);
  EXPECT_EQ(rules.find("zen"), nullptr);
  EXPECT_EQ(rules.find(""), nullptr);
}

TEST(CatalogueTest, MakesEveryRuleFromItsDefaultsAndDescribesItAsItIs) {
  for (const Rules rules = Rules::standard(); const RuleEntry& entry : rules.entries()) {
    const auto rule = entry.make(defaults(entry));
    ASSERT_NE(rule, nullptr);
    EXPECT_EQ(rule->needs(), entry.needs) << entry.name;
    EXPECT_EQ(entry.passes, 1 + entry.needs.reads()) << entry.name;
    EXPECT_FALSE(entry.sentence.empty() || entry.source.empty() || entry.tolerates.empty() || entry.when.empty()) << entry.name;
    EXPECT_EQ(objection(entry, defaults(entry), 5), std::nullopt) << entry.name;
    for (const Parameter& parameter : entry.parameters) {
      EXPECT_FALSE(parameter.sentence.empty()) << parameter.name;
      EXPECT_LE(parameter.min, parameter.default_value);
      EXPECT_LE(parameter.default_value, parameter.max);
    }
  }
}

TEST(CatalogueTest, RulesThatMakeTheSameOfTheirRowsWhateverFIsCheckItAllTheSame) {
  const Rules rules = Rules::standard();
  for (const char* name : {"median", "geometric_median", "centered_clipping"}) {
    EXPECT_EQ(objection(*rules.find(name), {{"f", 2}}, 5), std::nullopt) << name;
    EXPECT_EQ(objection(*rules.find(name), {{"f", 2}}, 4), std::string(name) + " needs n ≥ 2f + 1 = 5, got n = 4");
  }
}

TEST(CatalogueTest, DescribesEveryPreAggregator) {
  for (const Rules rules = Rules::standard(); const PreAggregatorEntry& entry : rules.pre_aggregators()) {
    ASSERT_NE(entry.make(with_defaults(entry, {})), nullptr);
    EXPECT_FALSE(entry.sentence.empty() || entry.source.empty() || entry.tolerates.empty() || entry.when.empty()) << entry.name;
  }
}

TEST(CatalogueTest, EveryRuleHasAPlanForNoRows) {
  for (const Rules rules = Rules::standard(); const RuleEntry& entry : rules.entries()) {
    const Plan plan = entry.make(defaults(entry))->decide({.rows = 0, .blocks = std::vector<Products>(2)});
    ASSERT_EQ(plan.blocks.size(), 2u) << entry.name;
    EXPECT_TRUE(plan.blocks[1].weights.empty() && plan.blocks[1].verdicts.empty()) << entry.name;
    EXPECT_EQ(plan.note, "no rows: no update") << entry.name;
    std::vector<float> out(3, 1.0f);
    combine(plan.blocks[0], {}, out.size(), out.data());
    EXPECT_THAT(out, testing::Each(0.0f)) << entry.name;
  }
}

TEST(CatalogueTest, TakesARuleOfTheUsersOwn) {
  Rules rules = Rules::standard();
  RuleEntry mine = *rules.find("average");
  mine.name = "mine";
  rules.add(mine);
  ASSERT_NE(rules.find("mine"), nullptr);
  EXPECT_EQ(rules.entries().back().name, "mine");
}

}  // namespace
}  // namespace zenops
