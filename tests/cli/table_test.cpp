#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

TEST(TableTest, AlignsColumnsAndLeavesNoSpacesAtTheEnds) {
  EXPECT_EQ(table({{"rule", "accuracy", "s"}, {"zeno", "–", "12.5"}, {"average", "0.100", "7"}}, {2}),
            "rule     accuracy     s\n"
            "zeno     –         12.5\n"
            "average  0.100        7\n");
}
TEST(TableTest, RowsMayBeShort) { EXPECT_EQ(table({{"a"}, {"b", "c"}}), "a\nb  c\n"); }
TEST(TableTest, NothingIsNothing) { EXPECT_EQ(table({}), ""); }

}  // namespace
}  // namespace zenops
