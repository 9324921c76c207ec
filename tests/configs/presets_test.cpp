#include "configs/presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "configs/config.hpp"
#include "configs/resolved.hpp"
#include "configs/sweep.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line)
    if (c == ',')
      cells.emplace_back();
    else
      cells.back() += c;
  return cells;
}

/// The value at "a.b.c" as the table writes it; empty when there is none.
std::string value_at(const Json& config, const std::string& key) {
  const Json* at = &config;
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('.', begin), key.size());
    const std::string name = key.substr(begin, end - begin);
    if (!at->contains(name)) return "";
    at = &at->at(name);
    begin = end + 1;
  }
  if (at->is_string()) return at->get<std::string>();
  if (!at->is_array()) return at->dump();
  std::string list;
  for (const Json& item : *at) list += (list.empty() ? "" : " ") + item.dump();
  return list;
}

bool same(const std::string& a, const std::string& b) {
  char *end_a = nullptr, *end_b = nullptr;
  const double x = std::strtod(a.c_str(), &end_a), y = std::strtod(b.c_str(), &end_b);
  const bool numbers = !a.empty() && !b.empty() && *end_a == 0 && *end_b == 0;
  return numbers ? x == y : a == b;
}

class PresetsTest : public testing::Test {
 protected:
  Json resolved(const std::string& name) const {
    return Json::parse(to_json(load_config("preset:" + name, {}, catalogue_), catalogue_));
  }
  const Catalogue catalogue_;
};

TEST_F(PresetsTest, AreThoseOfTheInstructionsAndOfThePaper) {
  size_t paper = 0;
  std::set<std::string> names;
  for (const auto& preset : presets()) {
    paper += preset.name.starts_with("zeno-ps/paper/");
    names.insert(preset.name);
  }
  EXPECT_EQ(paper, 56u);
  EXPECT_EQ(presets().size() - paper, 39u);
  EXPECT_EQ(names.size(), presets().size()) << "one was named twice";
}

TEST_F(PresetsTest, LieAsFilesInConfigs) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("configs/zeno-ps"))
    if (entry.is_regular_file()) files.insert(entry.path().string());
  for (const auto& preset : presets()) {
    const std::string file = "configs/" + preset.name + ".yaml";
    EXPECT_EQ(text_of(file), preset.yaml) << file << ": `zenops-cli presets --write configs` writes it anew";
    files.erase(file);
  }
  EXPECT_THAT(files, testing::IsEmpty());
}

TEST_F(PresetsTest, SayWhatZenoPssExperimentsSaid) {
  // Written from the descriptions of the experiments, not from the table of presets.
  std::ifstream file("tests/data/zeno_ps_experiments.csv");
  std::string line;
  std::getline(file, line);
  const auto keys = cells_of(line);
  size_t rows = 0;
  for (; std::getline(file, line); ++rows) {
    const auto cells = cells_of(line);
    ASSERT_EQ(cells.size(), keys.size()) << line;
    const Json config = resolved(cells[0]);
    for (size_t k = 1; k < keys.size(); ++k) {
      const bool unused = keys[k].starts_with("async.") && cells[k].empty();  // those keys have defaults in sync mode, too
      EXPECT_TRUE(unused || same(value_at(config, keys[k]), cells[k]))
          << cells[0] << ": " << keys[k] << ": found " << value_at(config, keys[k]) << ", expected " << cells[k];
    }
  }
  EXPECT_EQ(rows, presets().size() - 1) << "M0 alone trains nothing";
}

TEST_F(PresetsTest, M0IsNoTraining) {
  const auto config = resolved("zeno-ps/M0");
  EXPECT_TRUE(config["plumbing"]);
  EXPECT_EQ(config["train"]["rounds"], 5);
  EXPECT_EQ(config["cluster"]["workers"], 2);
}

TEST_F(PresetsTest, SayWhereTheOriginalDoesNotDoWhatItSays) {
  const auto yaml = [](const std::string& name) { return preset_yaml("preset:zeno-ps/" + name); };
  EXPECT_THAT(yaml("M3"), HasSubstr("no --byz-rate, which is 0 then: nobody lies"));
  EXPECT_THAT(yaml("A3"), HasSubstr("The heading says batch size 16, the command 32"));
  EXPECT_THAT(yaml("A9"), HasSubstr("all wrote to the same log"));
  EXPECT_THAT(yaml("S2"), HasSubstr("How many workers there were is not said"));
}

TEST_F(PresetsTest, TakeOverridesAsFilesDo) {
  const auto config = load_config("preset:zeno-ps/S11", {"data.name=fashion_mnist", "train.epochs=1"}, catalogue_);
  EXPECT_EQ(config.training.data.name, "fashion_mnist");
  EXPECT_EQ(config.training.data.batch, 16u);
  EXPECT_EQ(config.training.train.epochs, 1);
}

TEST_F(PresetsTest, AnUnknownOneIsGuessed) {
  try {
    load_config("preset:zeno-ps/S111", {}, catalogue_);
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(), "preset:zeno-ps/S111: there is no such preset; did you mean \"preset:zeno-ps/S11\"?");
  }
}

TEST_F(PresetsTest, ASweepMayStartFromOne) {
  TemporaryFolder folder;
  const auto file = folder.path() / "grid.yaml";
  std::ofstream(file) << "config: preset:zeno-ps/S11\naxes: {data.batch: {small: 8, large: 16}}\n";
  const auto sweep = load_sweep(file, {}, catalogue_);
  ASSERT_EQ(sweep.cells.size(), 2u);
  EXPECT_EQ(sweep.cells[1].config.training.rule.name, "zeno");
  std::ofstream(file) << "config: preset:zeno-ps/M0\naxes: {data.batch: {small: 8}}\n";
  EXPECT_THROW(load_sweep(file, {}, catalogue_), ConfigError) << "a sweep trains";
}

}  // namespace
}  // namespace zenops
