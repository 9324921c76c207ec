#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

/// A small run and what can be said about its weights.
class EvalTest : public testing::Test {
 protected:
  EvalTest() {
    const auto config = std::filesystem::current_path() / "configs" / "blobs_zeno.yaml";
    const auto ended = zenops_cli(folder_.path(), {"run", config, "--quiet", "--set", "train.rounds=4", "--set",
                                                   "seed=5", "--set", "output={checkpoint_every: 4}"});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
  }
  Ended eval(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "eval");
    return zenops_cli(folder_.path(), arguments);
  }
  Json json_of(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const auto ended = eval(arguments);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return Json::parse(ended.out);
  }
  TemporaryFolder folder_;
};

TEST_F(EvalTest, SaysOfARunWhatTheRunSaidItself) {
  const auto result = Json::parse(text_of(folder_.path() / "runs" / "blobs_zeno" / "result.json"));
  const auto scores = json_of({"runs/blobs_zeno"});
  for (const char* what : {"accuracy", "loss", "top5_accuracy", "class_accuracy"})
    EXPECT_EQ(scores[what], result[what]) << what;
  EXPECT_EQ(scores["class_accuracy"].size(), 10u);
  EXPECT_GE(scores["top5_accuracy"], scores["accuracy"]);
}

TEST_F(EvalTest, FindsTheConfigOfACheckpoint) {
  EXPECT_EQ(json_of({"runs/blobs_zeno/checkpoints/round-000004.safetensors"})["accuracy"],
            json_of({"runs/blobs_zeno"})["accuracy"]);
}

TEST_F(EvalTest, TakesWeightsFromAnywhereWhenToldWhatTheyAre) {
  std::filesystem::copy_file(folder_.path() / "runs" / "blobs_zeno" / "weights.safetensors", folder_.path() / "w");
  const auto scores = json_of({"w", "--model", "softmax", "--data", "blobs", "--set", "seed=5"});
  EXPECT_EQ(scores["accuracy"], json_of({"runs/blobs_zeno"})["accuracy"]);
  EXPECT_EQ(scores["labels"], 1000);

  const auto ended = eval({"w"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("w: no run's config.yaml is beside it, expected --model and --data"));
}

TEST_F(EvalTest, NamesTheWeightsThatAreAnotherModels) {
  const auto ended = eval({"runs/blobs_zeno", "--set", "model.name=mlp"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("fc1.weight: missing, expected 100 × 20"));
  EXPECT_THAT(ended.err, HasSubstr("fc.weight: unknown, of shape 10 × 20"));
  const auto wrong_size = eval({"runs/blobs_zeno", "--set", "data.features=7"});
  EXPECT_EQ(wrong_size.exit_code, 3);
  EXPECT_THAT(wrong_size.err, HasSubstr("fc.weight: its shape is 10 × 20, expected 10 × 7"));
}

TEST_F(EvalTest, SaysWhatIsMissing) {
  EXPECT_EQ(eval({"runs/nobody", "--model", "softmax", "--data", "blobs"}).exit_code, 3);
  EXPECT_EQ(eval({"runs/blobs_zeno", "--model", "softmaxx", "--data", "blobs"}).exit_code, 2);
  EXPECT_EQ(eval({}).exit_code, 2);
}

TEST_F(EvalTest, InWordsItHasALineForEachClass) {
  const auto ended = eval({"runs/blobs_zeno"});
  EXPECT_THAT(ended.out, HasSubstr("accuracy 0."));
  EXPECT_THAT(ended.out, HasSubstr("1000 labels of the test set of blobs"));
  EXPECT_EQ(lines_of(ended.out).size(), 12u);
}

}  // namespace
}  // namespace zenops
