#include "aggregation/conformance/conformance.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

TEST(ConformanceTest, EveryRuleIsTotalAndAgreesWithItsFormulaOnEveryInput) {
  for (const ConformanceCell& cell : conformance()) {
    EXPECT_EQ(cell.fault, "") << cell.rule << " on " << cell.input << ": " << cell.reason << ", error "
                              << cell.error.value_or(-1);
  }
}

// One without a formula to be held to throws there.
TEST(ConformanceTest, TriesEveryRuleThatTakesRowsAndEveryPreAggregator) {
  std::string tried;
  for (const ConformanceCell& cell : conformance()) tried += " " + cell.rule + " ";
  const Rules rules = Rules::standard();
  for (const RuleEntry& entry : rules.entries())
    EXPECT_EQ(tried.find(" " + entry.name + " ") != std::string::npos, !entry.alone) << entry.name;
  for (const PreAggregatorEntry& entry : rules.pre_aggregators())
    EXPECT_NE(tried.find(" " + entry.name + " "), std::string::npos) << entry.name;
}

TEST(ConformanceTest, RefusesOnlyWhereThereAreTooFewRowsAndSaysWhy) {
  size_t refusals = 0;
  for (const ConformanceCell& cell : conformance()) {
    EXPECT_EQ(!cell.error, cell.input == "n < least") << cell.rule << " on " << cell.input;
    if (cell.error) continue;
    ++refusals;
    EXPECT_TRUE(cell.reason.find("needs n") != std::string::npos || cell.reason == "there are no rows") << cell.reason;
  }
  EXPECT_GT(refusals, 10u);
}

}  // namespace
}  // namespace zenops
