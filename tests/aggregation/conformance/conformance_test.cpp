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
