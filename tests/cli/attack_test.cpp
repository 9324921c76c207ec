#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/npy.hpp"
#include "base/safetensors.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class AttackCommandTest : public testing::Test {
 protected:
  /// Seven honest rows of 60 numbers near (1, 1, …).
  AttackCommandTest() {
    for (size_t k = 0; k < 7; ++k)
      for (size_t i = 0; i < 60; ++i) values_.push_back(1 + 0.01f * static_cast<float>((7 * k + 3 * i) % 11) - 0.05f);
    write_npy(path("rows.npy"), {7, 60}, values_);
  }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  Ended attack(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "attack");
    return zenops_cli(folder_.path(), arguments);
  }
  Json json(std::vector<std::string> arguments) const {
    arguments.push_back("--json");
    const auto ended = attack(arguments);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return ended.exit_code == 0 ? Json::parse(ended.out) : Json();
  }
  std::vector<float> written(const std::string& name) const { return to_floats(read_npy(path(name))); }
  TemporaryFolder folder_;
  std::vector<float> values_;
};

TEST_F(AttackCommandTest, WritesTheHonestRowsAndThenTheLies) {
  json({"rows.npy", "--attack", "ipm", "--f", "2", "-p", "epsilon=3", "-o", "poisoned.npy"});
  const auto array = read_npy(path("poisoned.npy"));
  EXPECT_EQ(array.shape, (std::vector<int64_t>{9, 60}));
  const auto all = to_floats(array);
  EXPECT_EQ(std::vector<float>(all.begin(), all.begin() + 420), values_);
  for (size_t i = 0; i < 60; ++i) {
    double mean = 0;
    for (size_t k = 0; k < 7; ++k) mean += values_[60 * k + i] / 7.0;
    EXPECT_NEAR(all[420 + i], -3 * mean, 1e-5);
    EXPECT_EQ(all[480 + i], all[420 + i]);
  }
}

TEST_F(AttackCommandTest, TellsHowFarTheRuleMovedAndWhetherItKeptTheLies) {
  const Json far = json({"rows.npy", "--attack", "ipm", "--f", "2", "--rule", "average"})["rule"];
  EXPECT_NEAR(far["moved"], std::sqrt(60) * 3 * 2 / 9, 0.02) << "the mean of seven 1 and two −2 is 1/3";
  EXPECT_NEAR(far["moved_without_lies"], 0, 1e-5);
  EXPECT_EQ(far["lies_kept"], 2);
  const Json krum = json({"rows.npy", "--attack", "ipm", "--f", "2", "--rule", "multi_krum"})["rule"];
  EXPECT_EQ(krum["parameters"]["f"], 2);
  EXPECT_EQ(krum["lies_kept"], 0);
  EXPECT_EQ(krum["lies_left_out"], 2);
  EXPECT_LT(krum["moved"], 0.2);
  const Json nan = json({"rows.npy", "--attack", "nan", "--f", "1", "--rule", "median"});
  EXPECT_EQ(nan["rule"]["lies_refused"], 1);
  EXPECT_TRUE(nan["distance"].is_null());
}

TEST_F(AttackCommandTest, SaysItInWords) {
  const auto ended = attack({"rows.npy", "--attack", "alie", "--f", "2", "--rule", "trimmed_mean", "--pre", "nnm", "-p", "tau=1.5", "-o", "p.npy"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  for (const char* words : {"alie: sign 1, tau 1.5", "7 honest rows of 60 numbers, then 2 lies, in p.npy", "mean and deviation of the honest rows",
                            "with the lies", "kept              2 of 2 lies"})
    EXPECT_THAT(ended.out, HasSubstr(words));
}

TEST_F(AttackCommandTest, ASearchDoesMoreHarmThanOneGuess) {
  const std::vector<std::string> rule = {"--f", "2", "--rule", "trimmed_mean"};
  const auto moved = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "rows.npy");
    arguments.insert(arguments.end(), rule.begin(), rule.end());
    return json(arguments)["rule"]["moved"].get<double>();
  };
  EXPECT_GE(moved({"--attack", "opt_alie"}), moved({"--attack", "alie", "-p", "tau=10"}));
}

TEST_F(AttackCommandTest, BlindLiesBeginWithTheHonestRowsInTurnAndRandomOnesDiffer) {
  json({"rows.npy", "--attack", "negative", "-p", "scale=2", "--f", "9", "-o", "negative.npy"});
  const auto negative = written("negative.npy");
  for (size_t k = 0; k < 9; ++k)
    for (size_t i = 0; i < 60; ++i) EXPECT_EQ(negative[60 * (7 + k) + i], -2 * values_[60 * (k % 7) + i]);
  json({"rows.npy", "--attack", "gaussian", "--f", "2", "-o", "one.npy"});
  json({"rows.npy", "--attack", "gaussian", "--f", "2", "-o", "same.npy"});
  json({"rows.npy", "--attack", "gaussian", "--f", "2", "--round", "2", "-o", "next.npy"});
  const auto one = written("one.npy");
  EXPECT_EQ(one, written("same.npy"));
  EXPECT_NE(one, written("next.npy"));
  EXPECT_NE(one[420], one[480]) << "each liar draws its own";
  json({"rows.npy", "--attack", "duplicate", "--f", "2", "-o", "duplicate.npy"});
  const auto twice = written("duplicate.npy");
  EXPECT_NEAR(twice[420] / twice[480], 1, 0.1) << "one direction, as long as its own row says";
}

TEST_F(AttackCommandTest, ReadsAndWritesSafetensors) {
  write_safetensors(path("rows.safetensors"), Layout({{.name = "rows", .shape = {7, 60}}}), values_);
  json({"rows.safetensors", "--attack", "sign_flip", "--f", "1", "-o", "out.safetensors"});
  EXPECT_EQ(read_safetensors(path("out.safetensors")).values.size(), 8 * 60u);
}

TEST_F(AttackCommandTest, EveryAttackOnRowsIsOffered) {
  const auto list = Json::parse(zenops_cli(folder_.path(), {"attacks", "--json"}).out);
  for (const Json& entry : list) {
    const bool in_rows = entry["lie"] == "content" || entry["lie"] == "collusion";
    const auto ended = attack({"rows.npy", "--attack", entry["name"], "--f", "2", "--rule", "median", "--threat-model", entry["sees"], "--json"});
    EXPECT_EQ(ended.exit_code, in_rows ? 0 : 2) << entry["name"] << ended.err;
  }
}

struct Mistake {
  std::vector<std::string> arguments;
  std::string sentence;
  int exit_code;
};

TEST_F(AttackCommandTest, NamesEveryMistake) {
  auto bad = values_;
  bad[130] = NAN;
  write_npy(path("bad.npy"), {7, 60}, bad);
  write_npy(path("nobody.npy"), {0, 60}, std::vector<float>());
  for (const Mistake& m : std::vector<Mistake>{
           {{"rows.npy", "--attack", "alei"}, "unknown attack \"alei\"; did you mean \"alie\"?", 2},
           {{"rows.npy", "--attack", "opt_alie"}, "opt_alie needs to know the rule: give --rule", 2},
           {{"rows.npy", "--attack", "opt_alie", "--rule", "median", "--threat-model", "statistics"},
            "opt_alie needs to know the rule; threat_model: statistics", 2},
           {{"rows.npy", "--attack", "alie", "--threat-model", "nothing"},
            "alie needs to know mean and deviation of the honest rows; threat_model: nothing", 2},
           {{"rows.npy", "--attack", "mimic", "--threat-model", "statistics"}, "mimic needs to know the honest rows; threat_model: statistics", 2},
           {{"rows.npy", "--attack", "silent"}, "silent is no lie in what a row holds", 2},
           {{"rows.npy", "--attack", "one_shard_only"}, "one_shard_only lies to one shard of a run, and a file has none", 2},
           {{"rows.npy", "--attack", "alie", "-p", "epsilon=1"}, "alie takes no parameter epsilon; there are tau, sign", 2},
           {{"rows.npy", "--attack", "alie", "-p", "sign=3"}, "sign: found 3", 2},
           {{"rows.npy", "--attack", "alie", "--pre", "nnm"}, "expected the rule too: give --rule", 2},
           {{"rows.npy", "--attack", "alie", "--rule", "kram"}, "unknown rule \"kram\"; did you mean \"krum\"?", 2},
           {{"rows.npy", "--attack", "alie", "--rule", "krum", "--f", "3", "-o", "rows.txt"}, "rows.txt: expected a name that ends in", 2},
           {{"rows.npy", "--attack", "alie", "--rule", "krum", "--f", "7"}, "rows.npy and 7 lies: krum needs n ≥ 2f + 3 = 17, got n = 14", 3},
           {{"rows.npy", "--attack", "opt_ipm", "--rule", "krum", "--f", "7"}, "rows.npy and 7 lies: krum needs n ≥ 2f + 3 = 17, got n = 14", 3},
           {{"rows.npy", "--attack", "opt_ipm", "--rule", "zeno"}, "rows.npy and 1 lie: zeno needs a trusted row", 3},
           {{"bad.npy", "--attack", "alie"}, "bad.npy: row 2 holds NaN or Inf, expected what honest workers send", 3},
           {{"nobody.npy", "--attack", "alie"}, "nobody.npy: there are no rows", 3},
           {{"absent.npy", "--attack", "alie"}, "absent.npy", 3}}) {
    const auto ended = attack(m.arguments);
    EXPECT_EQ(ended.exit_code, m.exit_code) << ended.err << ended.out;
    EXPECT_THAT(ended.err, HasSubstr(m.sentence));
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
  }
}

}  // namespace
}  // namespace zenops
