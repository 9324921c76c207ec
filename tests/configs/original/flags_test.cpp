#include "configs/original/flags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "configs/original/command_line.hpp"

namespace zenops::original {
namespace {

TEST(FlagsTest, ThePageEndsWithTheTables) {
  std::ifstream file("docs/zeno-ps.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(page.ends_with(flags_page())) << "`zenops-cli zeno-ps --flags` prints what docs/zeno-ps.md has to end with";
}

TEST(FlagsTest, EachHasAKeyOrAReason) {
  for (const Flag& flag : flags()) EXPECT_FALSE(flag.key.empty() && flag.remark.empty()) << flag.name;
  for (const Variable& variable : variables()) EXPECT_FALSE(variable.key.empty() && variable.remark.empty()) << variable.name;
}

TEST(FlagsTest, DefaultsAndExamplesAreValues) {
  for (const Flag& flag : flags()) {
    if (flag.takes == Flag::Takes::nothing) continue;
    EXPECT_EQ(objection(flag, flag.example), "") << flag.name;
    if (!flag.usual.empty()) {
      EXPECT_EQ(objection(flag, flag.usual), "") << flag.name;
    }
    EXPECT_NE(flag.example, flag.usual) << flag.name;
  }
  for (const Variable& variable : variables()) EXPECT_EQ(objection(variable, variable.example), "") << variable.name;
}

TEST(FlagsTest, NoneIsThereTwice) {
  std::set<std::string> names;
  for (const Flag& flag : flags()) {
    EXPECT_TRUE(names.insert(flag.name).second) << flag.name;
    if (!flag.letter.empty()) {
      EXPECT_TRUE(names.insert(flag.letter).second) << flag.letter;
    }
  }
  for (const Variable& variable : variables()) EXPECT_TRUE(names.insert(variable.name).second) << variable.name;
}

}  // namespace
}  // namespace zenops::original
