#include "cli/repl/chart.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/cli/process.hpp"

namespace zenops::repl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ChartTest, ARisingLineRisesFromCornerToCorner) {
  const Chart chart{.title = "loss", .points = {{1, 0}, {4, 3}}, .width = 8 + 4, .height = 4, .braille = false};
  EXPECT_EQ(chart.to_string(),
            "loss\n"
            "3 |      **\n"
            "  |    **\n"
            "  |  **\n"
            "0 |**\n"
            "   1      4\n");
}

TEST(ChartTest, BrailleHasEightDotsInACharacter) {
  const Chart chart{.title = "t", .points = {{0, 0}, {1, 1}}, .width = 4 + 8, .height = 2, .braille = true};
  const auto lines = lines_of(chart.to_string());
  EXPECT_EQ(lines.at(1), "1 │    ⣀⠤⠒⠉");
  EXPECT_EQ(lines.size(), 4u);
}

TEST(ChartTest, NoLineIsWiderThanTheTerminal) {
  for (const int width : {20, 61, 200}) {
    Chart chart{.title = "t", .points = {}, .width = width, .braille = false};
    for (int k = 0; k < 300; ++k) chart.points.push_back({k * 1.0, std::sin(k * 0.1) * 1000});
    for (const auto& line : lines_of(chart.to_string())) EXPECT_LE(line.size(), static_cast<size_t>(width));
  }
}

TEST(ChartTest, WhatIsNotKnownIsLeftOut) {
  const Chart chart{.title = "accuracy",
                    .points = {{1, std::nan("")}, {2, 0.5}, {3, INFINITY}},
                    .width = 30,
                    .height = 3,
                    .braille = false};
  EXPECT_THAT(chart.to_string(), HasSubstr("0.5 |*"));
}

TEST(ChartTest, NothingIsSaidToBeNothing) {
  EXPECT_EQ((Chart{.title = "accuracy", .points = {{1, std::nan("")}}}.to_string()), "accuracy: nothing to show yet\n");
}

}  // namespace
}  // namespace zenops::repl
