#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

/// A sweep of blobs in a folder of its own: two rules × two seeds.
class SweepCommandTest : public testing::Test {
 protected:
  SweepCommandTest() { write("[average, zeno]", 2); }
  void write(const std::string& rules, int rounds) {
    std::ofstream(folder_.path() / "grid.yaml")
        << "name: grid\nconfig: " << (std::filesystem::current_path() / "configs" / "blobs_zeno.yaml").string()
        << "\nbase: {rule: {name: average}, train: {rounds: " << rounds << "}}\naxes: {rule.name: " << rules
        << "}\nseeds: [1, 2]\n";
  }
  Ended sweep(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"sweep", "grid.yaml"});
    return zenops_cli(folder_.path(), arguments);
  }
  std::filesystem::path file(const std::string& name) const { return folder_.path() / "runs" / "grid" / name; }
  TemporaryFolder folder_;
};

TEST_F(SweepCommandTest, RunsEveryCellAndLeavesTablesAndPictures) {
  const auto ended = sweep();
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("4 of 4 cells done\n"));
  for (const char* cell : {"average-s1", "average-s2", "zeno-s1", "zeno-s2"})
    EXPECT_TRUE(std::filesystem::exists(file(cell) / "result.json")) << cell;
  EXPECT_EQ(lines_of(text_of(file("table.csv"))).size(), 5u);
  EXPECT_THAT(text_of(file("table.md")), HasSubstr("| average | zeno |"));
  EXPECT_THAT(text_of(file("heatmap.svg")), HasSubstr("<svg"));
  EXPECT_THAT(text_of(file("curves.svg")), HasSubstr("<svg"));
  for (const char* picture : {"heatmap.png", "curves.png"}) EXPECT_EQ(text_of(file(picture)).substr(1, 3), "PNG");
}

TEST_F(SweepCommandTest, DoesNotRunAFinishedCellAgain) {
  ASSERT_EQ(sweep().exit_code, 0);
  const auto before = std::filesystem::last_write_time(file("zeno-s1") / "result.json");
  std::filesystem::remove(file("average-s2") / "result.json");
  const auto again = sweep();
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.out, HasSubstr("4 of 4 cells done, 3 of them before"));
  EXPECT_EQ(std::filesystem::last_write_time(file("zeno-s1") / "result.json"), before);
}

TEST_F(SweepCommandTest, RunsACellWhoseConfigHasChangedAgain) {
  ASSERT_EQ(sweep().exit_code, 0);
  write("[average, zeno]", 3);
  EXPECT_THAT(sweep().out, HasSubstr("4 of 4 cells done\n"));
  EXPECT_EQ(Json::parse(text_of(file("zeno-s1") / "result.json"))["rounds"], 3);
}

TEST_F(SweepCommandTest, MarksACellThatFailsAndGoesOn) {
  std::ofstream(folder_.path() / "grid.yaml")
      << "name: grid\nconfig: " << (std::filesystem::current_path() / "configs" / "blobs_zeno.yaml").string()
      << "\nbase: {train: {rounds: 2}}\naxes: {data: {made: {name: blobs}, missing: {name: mnist, path: "
         "/no/such/folder}}}\n";
  const auto ended = sweep();
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out, HasSubstr("1 of 2 cells done, 1 failed"));
  EXPECT_THAT(ended.err, HasSubstr("cell missing-s1 failed: zenops-cli: /no/such/folder"));
  EXPECT_THAT(text_of(file("table.csv")), HasSubstr("missing,1,failed,"));
}

TEST_F(SweepCommandTest, JsonSaysTheTable) {
  const auto ended = sweep({"--json"});
  const auto summary = Json::parse(lines_of(ended.out).back());
  EXPECT_EQ(summary["done"], 4);
  EXPECT_EQ(summary["failed"], 0);
  EXPECT_EQ(summary["rule.name"][0]["cells"]["zeno"]["seeds"], 2);
}

TEST_F(SweepCommandTest, CtrlCEndsItAndTheSameCommandGoesOn) {
  write("[average, zeno]", 1000000);
  Process process(folder_.path(), {"sweep", "grid.yaml", "--jobs", "2"});
  ASSERT_TRUE(trains(process, file("average-s1") / "metrics.jsonl")) << process.err();
  process.signal(SIGINT);
  const auto ended = process.wait();
  EXPECT_EQ(ended.exit_code, 130);
  EXPECT_THAT(ended.out, HasSubstr("0 of 4 cells done"));
  write("[average, zeno]", 2);
  EXPECT_EQ(sweep().exit_code, 0);
}

TEST_F(SweepCommandTest, NamesItsCellsWithoutRunningThem) {
  EXPECT_EQ(sweep({"--dry-run"}).out, "average-s1\naverage-s2\nzeno-s1\nzeno-s2\n");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs"));
}

TEST_F(SweepCommandTest, SaysWhatIsWrongWithItAndExitsWith2) {
  write("[]", 2);
  const auto ended = sweep();
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("axes.rule.name: found no values"));
}

}  // namespace
}  // namespace zenops
