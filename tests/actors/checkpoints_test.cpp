#include "actors/checkpoints.hpp"

#include <gmock/gmock.h>

#include "base/safetensors.hpp"
#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class CheckpointsTest : public testing::Test {
 protected:
  /// Parameters in two parts, all of them `value`.
  std::vector<Row> parameters(float value) {
    std::vector<Row> parts{rows_.make(2), rows_.make(1)};
    for (Row& part : parts) std::ranges::fill(part.mutable_view(), value);
    return parts;
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder_ / "checkpoints"))
      names.push_back(file.path().filename());
    return names;
  }
  Tensors read(const std::string& name) { return read_safetensors(folder_ / "checkpoints" / name); }

  TemporaryFolder folder_;
  Rows rows_;
  const Layout layout_{{{"w", {3}}}};
  Checkpoints checkpoints_{folder_ / "checkpoints", 2, {{"name", "a run"}}};
};

TEST_F(CheckpointsTest, TheNewestStay) {
  for (const uint32_t round : {10, 20, 30, 1000000})
    checkpoints_.add(round, layout_, parameters(static_cast<float>(round)));
  EXPECT_THAT(files(), UnorderedElementsAre("round-000030.safetensors", "round-1000000.safetensors"));
  EXPECT_THAT(read("round-000030.safetensors").values, ElementsAre(30, 30, 30));
  EXPECT_EQ(read("round-000030.safetensors").metadata.at("rounds"), "30");
  EXPECT_EQ(read("round-000030.safetensors").metadata.at("name"), "a run");
}

TEST_F(CheckpointsTest, TheBestIsTheMostAccurateAndOfEquallyAccurateTheFirst) {
  checkpoints_.offer(1, .5, layout_, parameters(1));
  checkpoints_.offer(2, .7, layout_, parameters(2));
  checkpoints_.offer(3, .6, layout_, parameters(3));
  checkpoints_.offer(4, .7, layout_, parameters(4));
  EXPECT_THAT(files(), ElementsAre("best.safetensors"));
  EXPECT_THAT(read("best.safetensors").values, ElementsAre(2, 2, 2));
  EXPECT_EQ(read("best.safetensors").metadata.at("rounds"), "2");
}

TEST_F(CheckpointsTest, AModelThatKnowsNothingIsStillTheBestThereIs) {
  checkpoints_.offer(1, 0, layout_, parameters(1));
  EXPECT_THAT(files(), ElementsAre("best.safetensors"));
}

TEST_F(CheckpointsTest, TheBestDoesNotCountAmongThoseThatStay) {
  checkpoints_.offer(1, .9, layout_, parameters(1));
  for (const uint32_t round : {1, 2, 3}) checkpoints_.add(round, layout_, parameters(2));
  EXPECT_THAT(files(),
              UnorderedElementsAre("best.safetensors", "round-000002.safetensors", "round-000003.safetensors"));
}

TEST_F(CheckpointsTest, SayWhereTheyCannotBeWritten) {
  folder_.put("checkpoints", "in the way");
  EXPECT_THAT(refusal(UserError::cannot_write, [&] { checkpoints_.add(1, layout_, parameters(1)); }),
              HasSubstr((folder_ / "checkpoints").string()));
}

}  // namespace
}  // namespace zenops
