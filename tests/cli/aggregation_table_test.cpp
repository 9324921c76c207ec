#include "cli/aggregation_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "bench/aggregation.hpp"
#include "bench/machine.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using bench::AggregationResult;
using bench::Bar;
using bench::bar_of;
using bench::Phase;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// One pass, whose reading takes a second: it takes `seconds`, and its minima and maxima alone `arithmetic`.
AggregationResult one_pass(const std::string& name, size_t n, double seconds, double arithmetic = 0) {
  AggregationResult r{
      .name = name, .rows = n, .dimension = 1000, .coordinates = 1000, .seconds = seconds, .read_seconds = 1};
  r.phases = {{.name = "combine",
               .seconds = seconds,
               .memory_seconds = 1,
               .arithmetic_seconds = arithmetic,
               .operations = "minima and maxima",
               .writes = true}};
  r.bar = bar_of(name, n);
  return r;
}

AggregationResult three_phases(const std::string& name, double measure, double decide, double combine) {
  AggregationResult r{.name = name,
                      .rows = 10,
                      .dimension = 1000,
                      .coordinates = 1000,
                      .seconds = measure + decide + combine,
                      .read_seconds = 1};
  r.phases = {{.name = "measure",
               .seconds = measure,
               .memory_seconds = 1,
               .arithmetic_seconds = 1.5,
               .operations = "subtractions and multiply-adds"},
              {.name = "decide", .seconds = decide},
              {.name = "combine", .seconds = combine, .memory_seconds = 1, .writes = true}};
  r.bar = bar_of(name, 10);
  return r;
}

TEST(BarTest, IsChosenByTheRuleAndTheNumberOfRows) {
  for (const std::string name : {"average", "median", "trimmed_mean", "meamed", "phocas"}) {
    EXPECT_EQ(bar_of(name, 10), (Bar{Bar::Of::roof, 1.2, 1.05})) << name;
    EXPECT_EQ(bar_of(name, 50), (Bar{Bar::Of::roof, 1.2, 1.05})) << name;
    EXPECT_EQ(bar_of(name, 100), (Bar{Bar::Of::roof, 1.4, 1.15})) << name;
  }
  EXPECT_EQ(bar_of("distances", 15), (Bar{Bar::Of::roof, 1.2, 1.1}));
  EXPECT_EQ(bar_of("distances", 50), (Bar{Bar::Of::roof, 1.5, 1.25}));
  EXPECT_EQ(bar_of("distances", 100), (Bar{Bar::Of::roof, 1.6, 1.3}));
  EXPECT_EQ(bar_of("geometric_median", 100), (Bar{Bar::Of::reads, 2.5, 2.1}));
  EXPECT_EQ(bar_of("centered_clipping", 10), (Bar{Bar::Of::reads, 2.5, 2.1}));
  EXPECT_EQ(bar_of("nnm + trimmed_mean", 15), (Bar{Bar::Of::reads, 3, 2.2}));
  EXPECT_EQ(bar_of("bulyan", 50), (Bar{Bar::Of::roof, 1.5, 1.2}));
  EXPECT_EQ(bar_of("zeno scores", 50)->most, 1.1);
}

TEST(BarTest, IsNotSetForMoreRowsNorForOtherRules) {
  EXPECT_EQ(bar_of("median", 101), std::nullopt);
  EXPECT_EQ(bar_of("nnm + trimmed_mean", 50), std::nullopt);
  EXPECT_EQ(bar_of("zeno", 10), std::nullopt);
  EXPECT_EQ(bar_of("trimmed_mean by std::sort", 10), std::nullopt);
  EXPECT_TRUE(one_pass("zeno", 10, 9).met());
}

TEST(BarTest, IsMetUpToItAndTheAimBelow) {
  EXPECT_TRUE(one_pass("median", 10, 1.2).met());
  EXPECT_FALSE(one_pass("median", 10, 1.21).met());
  EXPECT_FALSE(one_pass("median", 10, 1.2).aim_met());
  EXPECT_TRUE(one_pass("median", 10, 1.04).aim_met());
  EXPECT_TRUE(one_pass("median", 10, 3.5, 3).met()) << "arithmetic is the roof";
  EXPECT_FALSE(three_phases("geometric_median", 1.6, 0.1, 1).met()) << "reads are counted, whatever the roof is";
}

TEST(BarTest, TheReasonNamesTheBound) {
  EXPECT_EQ(why(one_pass("median", 10, 2.62, 2)), "arithmetic: 1.31 of its minima and maxima's time");
  EXPECT_EQ(
      why(one_pass("median", 10, 2.4, 1.6)),
      "arithmetic: 1.50 of its minima and maxima's time; to read its rows and write one alone takes 0.62 of that");
  EXPECT_EQ(why(one_pass("average", 10, 1.5)), "memory: 1.50 of the time to read its rows and write one");
  EXPECT_EQ(why(one_pass("median", 10, 1.5, 0.75)),
            "memory: 1.50 of the time to read its rows and write one; its minima and maxima alone take 0.75 of that");
}

TEST(BarTest, TheReasonNamesThePhaseAndSharesOutTheTime) {
  EXPECT_EQ(why(three_phases("geometric_median", 1.5, 0.25, 1)),
            "measure, arithmetic: 1.00 of its subtractions and multiply-adds' time; to read its rows alone takes 0.67 "
            "of that; "
            "measure 1.50 + decide 0.25 + combine 1.00 reads, roof 2.50");
  EXPECT_THAT(why(three_phases("bulyan", 1.5, 3, 1)), StartsWith("decide, which reads nothing; "));
  EXPECT_THAT(why(three_phases("bulyan", 1.5, 0, 2.5)), StartsWith("combine, memory: 2.50 of"));
}

TEST(BarTest, OfUnreliableProbesNothingElseIsSaid) {
  auto r = one_pass("median", 10, 2);
  r.spread = 0.4;
  EXPECT_EQ(why(r), "unreliable: a probe varied by 0.40 of its median");
}

class AggregationTableTest : public testing::Test {
 protected:
  AggregationTableTest() {
    for (const size_t n : {10, 50}) {
      table_.results.push_back(one_pass("average", n, 1.02));
      table_.results.push_back(one_pass("median", n, n == 10 ? 1.1 : 2.62, n == 10 ? 0 : 2));
      table_.results.push_back(one_pass("trimmed_mean by std::sort", n, 40));
      table_.results.back().coordinates = 50;
    }
    table_.results.push_back(three_phases("krum", 1.5, 0.1, 0.1));
    table_.peers = {{"median by torch.median", 10, 1000, 1, 55, 1.1, 1}};
    table_.missing = {"something"};
  }
  AggregationTable table_;
};

TEST_F(AggregationTableTest, TextSaysWhatIsMetAndWhatMisses) {
  const auto text = to_text(std::vector(table_.results.begin() + 3, table_.results.begin() + 6));
  EXPECT_THAT(text, StartsWith("n = 50, d = 1000, 1 thread, "));
  EXPECT_THAT(lines_of(text)[2], AllOf(StartsWith("average "), HasSubstr("1.02"), HasSubstr("1.2 roof  ✓ aim")));
  EXPECT_THAT(lines_of(text)[3], AllOf(HasSubstr("arithmetic"), HasSubstr("misses 1.2")));
  EXPECT_THAT(lines_of(text)[4], AllOf(HasSubstr("40.00"), HasSubstr("on d = 50")));
}

TEST_F(AggregationTableTest, WhatMissesIsNamedWithTheReason) {
  EXPECT_EQ(missed_text(table_),
            "1 of 4 miss their bar:\n"
            "  median, n = 50, d = 1000, 1 thread: 1.31 of its roof, bar 1.2; arithmetic: 1.31 of its minima and "
            "maxima's time\n");
  table_.results.erase(table_.results.begin() + 4);
  EXPECT_EQ(missed_text(table_), "0 of 3 miss their bar\n");
}

TEST_F(AggregationTableTest, JsonHasBarsAndAtTheEndWhatMissesThem) {
  const Json json = to_json(table_);
  EXPECT_EQ(json["results"].size(), 7u);
  EXPECT_EQ(json["results"][1]["bar"], 1.2);
  EXPECT_EQ(json["results"][1]["aim"], 1.05);
  EXPECT_EQ(json["results"][1]["measure"], "roof");
  EXPECT_EQ(json["results"][1]["met"], true);
  EXPECT_EQ(json["results"][1]["aim_met"], false);
  EXPECT_FALSE(json["results"][2].contains("bar"));
  EXPECT_EQ(json["results"][6]["phases"].size(), 3u);
  EXPECT_NEAR(json["peers"][0]["times_ours"].get<double>(), 50, 1e-9);
  EXPECT_EQ(json.back().size(), 1u);
  EXPECT_EQ(json["missed"][0]["name"], "median");
  EXPECT_EQ(json["missed"][0]["bound"], "arithmetic");
  EXPECT_THAT(json["missed"][0]["reason"], HasSubstr("1.31 of its"));
}

TEST_F(AggregationTableTest, MarkdownHasARowForEachRuleAndAColumnForEachN) {
  const auto text = to_markdown(table_);
  EXPECT_THAT(text, HasSubstr("d = 1000, 1 thread:\n\n|  | measured in | n = 10 | n = 50 |\n|---|---:|---:|---:|\n"));
  EXPECT_THAT(text, HasSubstr("| `average` | roof | 1.02 ✓ aim (1.02 s) | 1.02 ✓ aim (1.02 s) |\n"));
  EXPECT_THAT(text, HasSubstr("| `median` | roof | 1.10 ✓ (1.10 s) | 1.31 ✗ (2.62 s) |\n"));
  EXPECT_THAT(text, HasSubstr("| `krum` | roof | 0.68 (1.70 s) | – |\n"));
  EXPECT_THAT(text, HasSubstr("\n- median, n = 50, "));
  EXPECT_THAT(text, HasSubstr("| `median by torch.median` | 10 | 1000 | 1 | 55.0 s | 50.0 × ours |\n"));
  EXPECT_THAT(text, HasSubstr("| `trimmed_mean by std::sort` | 50 | 50 | 1 | 40.0 s | 40.0 × the roof |\n"));
  EXPECT_THAT(text, HasSubstr("Not measured: something.\n"));
}

TEST_F(AggregationTableTest, ThePictureHasOthersBesideTheRuleTheyAreOfAndOursAlone) {
  auto more = one_pass("average", 10, 7);
  more.threads = 2;
  table_.results.push_back(more);
  EXPECT_EQ(to_ratios(table_).panels.at(0).lines.size(), 1u) << "the most threads";
  table_.results.pop_back();
  const Ratios ratios = to_ratios(table_);
  EXPECT_THAT(ratios.marks, ElementsAre(10, 50));
  ASSERT_EQ(ratios.panels.size(), 2u);
  const auto &others = ratios.panels[0].lines, &ours = ratios.panels[1].lines;
  ASSERT_EQ(others.size(), 2u);
  EXPECT_EQ(others[0].name, "median");
  EXPECT_EQ(others[1].name, "median by torch.median");
  EXPECT_EQ(others[0].colour, others[1].colour);
  EXPECT_NE(others[0].stroke, others[1].stroke);
  EXPECT_THAT(others[1].points, ElementsAre(std::pair(10.0, 55.0)));
  ASSERT_EQ(ours.size(), 3u);
  EXPECT_THAT(ours[1].points,
              ElementsAre(testing::Pair(10.0, testing::DoubleNear(1.1, 1e-9)), testing::Pair(50.0, 1.31)));
}

TEST_F(AggregationTableTest, IsDrawnForAnyNumberOfRows) {
  TemporaryFolder folder;
  for (const bool one : {false, true}) {
    if (one) table_.results.resize(1);
    plot(to_ratios(table_), folder.path() / "ratios");
    EXPECT_THAT(text_of(folder.path() / "ratios.svg"), HasSubstr("<svg"));
    EXPECT_THAT(text_of(folder.path() / "ratios.png"), StartsWith("\x89PNG"));
  }
  plot(to_ratios({}), folder.path() / "none");
  EXPECT_THAT(text_of(folder.path() / "none.svg"), HasSubstr("<svg"));
}

TEST(MachineTest, WhatTakesMoreThanHalfOfTheFreeMemoryIsLeftOut) {
  std::istringstream text("MemTotal:  999 kB\nMemAvailable:   8000000 kB\n");
  const auto available = bench::available_memory(text);
  ASSERT_EQ(available, 8'192'000'000u);
  EXPECT_EQ(bench::too_large({10, 11'200'000}, *available), "");
  EXPECT_EQ(bench::too_large({10, 100'000'000}, *available),
            "n = 10, d = 100000000: it takes 5.4 GB, more than half of the 8.2 GB that are free");
  std::istringstream nothing("MemTotal: 999 kB\n");
  EXPECT_EQ(bench::available_memory(nothing), std::nullopt);
}

TEST(MachineTest, TheProcessorIsNamed) {
  std::istringstream text("processor\t: 0\nmodel name\t: A Processor 9\n"), nothing("");
  EXPECT_EQ(bench::processor(text), "A Processor 9");
  EXPECT_EQ(bench::processor(nothing), "unknown processor");
}

}  // namespace
}  // namespace zenops
