#include "configs/sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/base/temporary_folder.hpp"
#include "tests/configs/small_catalogue.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SweepTest : public testing::Test {
 protected:
  Sweep load(const std::string& text, const std::vector<std::string>& overrides = {}) {
    std::ofstream(folder_.path() / "x.yaml") << text;
    return load_sweep(folder_.path() / "x.yaml", overrides, small_catalogue());
  }
  std::string mistakes(const std::string& text) {
    try {
      load(text);
    } catch (const ConfigError& e) {
      std::string what = e.what();
      const std::string prefix = (folder_.path() / "").string();
      for (size_t at; (at = what.find(prefix)) != what.npos;) what.erase(at, prefix.size());
      return what;
    }
    return "none";
  }
  static std::vector<std::string> names(const Sweep& sweep) {
    std::vector<std::string> result;
    for (const auto& cell : sweep.cells) result.push_back(cell.config.training.name);
    return result;
  }
  TemporaryFolder folder_;
};

const std::string grid = R"(
name: grid
base: {data: {name: blobs}, train: {rounds: 7}}
axes:
  attack:
    none: {name: none}
    loud: {name: negative, scale: 200, rate: 0.2}
  rule.name: [average, zeno]
seeds: [3, 5]
)";

TEST_F(SweepTest, HasACellForEveryCombinationAndSeed) {
  const Sweep sweep = load(grid);
  EXPECT_THAT(names(sweep), ElementsAre("none-average-s3", "none-average-s5", "none-zeno-s3", "none-zeno-s5",
                                        "loud-average-s3", "loud-average-s5", "loud-zeno-s3", "loud-zeno-s5"));
  const auto& last = sweep.cells.back().config;
  EXPECT_EQ(last.training.seed, 5u);
  EXPECT_EQ(last.training.rule.name, "zeno");
  EXPECT_EQ(last.training.attacks.at(0).parameters.at("scale"), 200);
  EXPECT_EQ(last.training.train.rounds, 7u);
  EXPECT_EQ(last.training.data.name, "blobs");
  EXPECT_EQ(last.runs, "runs/grid");
  EXPECT_EQ(sweep.columns, 1u);
  EXPECT_FALSE(sweep.worst_over);
}

TEST_F(SweepTest, ChangesAConfigBesideIt) {
  std::ofstream(folder_.path() / "base.yaml")
      << "name: base\ntrain: {rounds: 7, local_steps: 2}\nrule: {name: zeno, eta: 0.5}\n";
  const Sweep sweep = load(
      "config: base.yaml\nbase: {train: {rounds: 9}, output: {runs: elsewhere}}\naxes: {train.local_steps: [4, 8]}\n"
      "jobs: 3\n");
  EXPECT_THAT(names(sweep), ElementsAre("4-s1", "8-s1"));
  EXPECT_EQ(sweep.cells[0].config.training.train.rounds, 9u);
  EXPECT_EQ(sweep.cells[0].config.training.train.local_steps, 4u);
  EXPECT_EQ(sweep.cells[0].config.training.rule.parameters.at("eta"), 0.5);
  EXPECT_EQ(sweep.folder, "elsewhere/sweep");
  EXPECT_EQ(sweep.jobs, 3u);
}

TEST_F(SweepTest, AnAxisThatIsNoKeySetsSeveral) {
  const Sweep sweep = load(
      "base: {data: {name: blobs}, cluster: {workers: 4}}\n"
      "axes:\n"
      "  rule: [{name: trimmed_mean}]\n"
      "  f:\n"
      "    1: {cluster.workers: 11, rule.trim_ratio: 0.1, attack: {name: negative, workers: 1}}\n"
      "    4: {cluster.workers: 14, rule.trim_ratio: 0.3, attack: {name: negative, workers: 4}}\n");
  EXPECT_THAT(names(sweep), ElementsAre("trimmed_mean-1-s1", "trimmed_mean-4-s1"));
  const auto& last = sweep.cells.back().config.training;
  EXPECT_EQ(last.cluster.workers, 14u);
  EXPECT_EQ(last.rule.parameters.at("trim_ratio"), 0.3);
  EXPECT_EQ(last.attacks.at(0).workers.size(), 4u);
}

TEST_F(SweepTest, AnAxisThatIsNoKeyAndNoMapsIsAMistake) {
  EXPECT_THAT(mistakes("axes: {ruel: [zeno, average]}"),
              HasSubstr("x.yaml:1:8: axes.ruel: is no key of the config, did you mean \"rule\"?"));
  EXPECT_THAT(mistakes("axes: {f: {1: {cluster.wrokers: 3}}}"), HasSubstr("did you mean \"cluster.workers\"?"));
  EXPECT_THAT(mistakes("axes: {f: {1: {seed: 5}, 2: {seed: 6}}}"), HasSubstr("axes.f.seed: a sweep sets this itself; write seeds"));
}

TEST_F(SweepTest, AnOverrideHoldsForAllCells) {
  for (const auto& cell : load(grid, {"train.rounds=2"}).cells) EXPECT_EQ(cell.config.training.train.rounds, 2u);
}

TEST_F(SweepTest, NamesTheWorstCasesAxis) {
  const Sweep sweep = load(grid + "worst_over: attack\ncolumns: rule.name\n");
  EXPECT_EQ(sweep.worst_over, 0u);
  EXPECT_EQ(sweep.columns, 1u);
}

TEST_F(SweepTest, RefusesWhatIsNoGrid) {
  EXPECT_EQ(mistakes("axes: {rule.name: []}"),
            "x.yaml:1:19: axes.rule.name: found no values, expected a map {label: value, …} or a list of values");
  EXPECT_EQ(mistakes("seeds: [1]"),
            "x.yaml:1:1: axes: expected a map of keys and the values they take, like {rule.name: [average, zeno]}");
  EXPECT_THAT(mistakes("axes: {rule.name: [zeno, zeno]}"),
              HasSubstr("x.yaml:1:26: axes.rule.name: found two values called \"zeno\""));
  EXPECT_THAT(mistakes("axes: {rule.name: [zeno]}\nseeds: [1, 1]"), HasSubstr("x.yaml:2:12: seeds: found 1 twice"));
  EXPECT_THAT(mistakes("axes: {rule.name: [zeno]}\nseeds: []"), HasSubstr("seeds: found none"));
  EXPECT_THAT(mistakes("axes: {seed: [1, 2]}"),
              HasSubstr("axes.seed: a sweep sets this itself; write seeds: [1, 2, 3]"));
  EXPECT_THAT(mistakes("axis: {rule.name: [zeno]}"), HasSubstr("axis: unknown key of a sweep; did you mean \"axes\"?"));
  EXPECT_THAT(mistakes("axes: {rule.name: [zeno]}\nworst_over: rule"),
              HasSubstr("worst_over: found \"rule\", expected one of rule.name; did you mean \"rule.name\"?"));
  EXPECT_THAT(mistakes("axes: {rule.name: [zeno]}\nworst_over: rule.name"), HasSubstr("expected another"));
  EXPECT_THAT(mistakes("axes: {rule: [{eta: 0}]}"), HasSubstr("found a value without a name"));
  EXPECT_THAT(mistakes("config: nowhere.yaml\naxes: {rule.name: [zeno]}"), HasSubstr("nowhere.yaml: cannot read"));
}

TEST_F(SweepTest, RefusesTwoValuesThatWouldBeOneFolder) {
  EXPECT_THAT(mistakes("axes: {data.path: {x/y: a, x_y: b}}"), HasSubstr("found two values called \"x_y\""));
}

TEST_F(SweepTest, NamesTheCellThatIsNoConfig) {
  const auto what = mistakes("axes: {cluster.validators: [1, 20], rule.name: [average, xeno]}");
  EXPECT_THAT(what, HasSubstr("cell 1-xeno-s1:\nx.yaml"));
  EXPECT_THAT(what, HasSubstr("did you mean \"zeno\"?"));
  EXPECT_THAT(what, HasSubstr("cell 20-average-s1:\n"));
  EXPECT_THAT(what, HasSubstr("a validator without workers has nothing to judge"));
}

TEST(SweepsTest, ThoseThatComeWithZenopsAreGrids) {
  size_t found = 0;
  for (const auto& file : std::filesystem::directory_iterator("configs/sweeps")) {
    EXPECT_FALSE(load_sweep(file.path(), {}, Catalogue{}).cells.empty()) << file.path();
    ++found;
  }
  EXPECT_GT(found, 0u);
}

}  // namespace
}  // namespace zenops
