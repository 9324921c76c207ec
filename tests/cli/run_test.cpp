#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/catalogue.hpp"
#include "aggregation/cuda/device.hpp"
#include "base/safetensors.hpp"
#include "base/sha256.hpp"
#include "configs/config.hpp"
#include "models/device.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

/// Runs in a folder of the test's own; configs are the repository's.
class RunTest : public testing::Test {
 protected:
  std::string config(const std::string& name) const { return (root_ / "configs" / name).string(); }
  Ended run(std::vector<std::string> arguments, const std::string& prelude = ":") {
    arguments.insert(arguments.begin(), "run");
    return zenops_cli(folder_.path(), arguments, prelude);
  }
  std::filesystem::path file(const std::string& name) const { return folder_.path() / "runs" / "blobs_zeno" / name; }

  const std::filesystem::path root_ = std::filesystem::current_path();
  TemporaryFolder folder_;
};

TEST_F(RunTest, TheLastLineOfJsonSaysWhatHappened) {
  const auto ended = run({config("blobs_zeno.yaml"), "--set", "train.rounds=3", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto result = Json::parse(lines_of(ended.out).back());
  EXPECT_EQ(result["rounds"], 3);
  EXPECT_EQ(result["stopped"], false);
  EXPECT_GT(result["accuracy"], 0.0);
  EXPECT_LE(result["accuracy"], 1.0);
  EXPECT_GT(result["rounds_per_s"], 0.0);
  EXPECT_LE(result["outside_compute"], 1.0);
  EXPECT_TRUE(result["accepted"]["honest"].is_number());
  EXPECT_TRUE(result["accepted"]["poisoned"].is_number());
  EXPECT_GE(result["threads"], 1);

  const auto weights = read_safetensors(folder_.path() / result["weights"].get<std::string>());
  EXPECT_EQ(sha256(std::as_bytes(std::span(weights.values))), result["sha256"]);
  EXPECT_EQ(weights.metadata.at("name"), "blobs_zeno");
  EXPECT_EQ(weights.metadata.at("rounds"), "3");
  EXPECT_EQ(weights.metadata.at("config_sha256"),
            sha256(std::as_bytes(std::span(std::string_view(text_of(file("config.yaml")))))));
  EXPECT_EQ(Json::parse(text_of(file("result.json"))), result);
}

TEST_F(RunTest, AGpuThatIsNotThereIsMissedBeforeAnythingIsLoaded) {
  for (const char* isolation : {"thread", "process"}) {
    const auto ended = run({config("blobs_zeno.yaml"), "--set", "resources.gpu=1", "--set", std::string("cluster.isolation=") + isolation},
                           "export CUDA_VISIBLE_DEVICES=");
    EXPECT_EQ(ended.exit_code, UserError::run_failed);
    EXPECT_THAT(ended.err, HasSubstr(" needs 1 gpu: node ")) << isolation;
    EXPECT_THAT(ended.err, HasSubstr(" has no gpu"));
    EXPECT_THAT(ended.err, HasSubstr("; with resources.gpu 0 it trains on cores"));
    EXPECT_EQ(lines_of(ended.err).size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs")) << "nothing was begun";
  }
}

TEST_F(RunTest, AGpuThatIsThereIsFoundAndNotPretendedToBeUsed) {
  for (const char* isolation : {"thread", "process"}) {
    const auto ended = run({config("blobs_zeno.yaml"), "--set", "resources.gpu=0.05", "--set", std::string("cluster.isolation=") + isolation},
                           "export CUDA_VISIBLE_DEVICES=1 FAKE_GPUS=2 LD_LIBRARY_PATH=" ZENOPS_FAKE_DRIVER);
    EXPECT_EQ(ended.exit_code, UserError::run_failed);
    if (trains_on_gpus())  // and CUDA finds none of those that the driver made up
      EXPECT_THAT(ended.err, HasSubstr("gpu 0, on which this process is to train, is none that torch sees: found 0 of them\n"));
    else
      EXPECT_EQ(ended.err, "zenops-cli: there is the gpu that the run blobs_zeno asks for, but this build trains on cores only: expected resources.gpu 0\n");
  }
}

TEST_F(RunTest, AGpuForShardsIsMissedOrRefusedLikeOneForWorkers) {
  for (const char* isolation : {"thread", "process"}) {
    const std::vector<std::string> asking = {config("blobs_zeno.yaml"), "--set", "cluster.placement.shard_gpus=0.1", "--set",
                                             std::string("cluster.isolation=") + isolation};
    const auto missing = run(asking, "export CUDA_VISIBLE_DEVICES=");
    EXPECT_EQ(missing.exit_code, UserError::run_failed);
    EXPECT_THAT(missing.err, HasSubstr(" needs 0.1 gpu")) << isolation;
    EXPECT_THAT(missing.err, HasSubstr("; with cluster.placement.shard_gpus 0 its shards compute on cores\n"));
    EXPECT_EQ(lines_of(missing.err).size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs")) << "nothing was begun";
    if (cuda::compiled()) continue;  // what a driver that is made up says to that is CUDA's affair
    const auto useless = run(asking, "export CUDA_VISIBLE_DEVICES=1 FAKE_GPUS=2 LD_LIBRARY_PATH=" ZENOPS_FAKE_DRIVER);
    EXPECT_EQ(useless.exit_code, UserError::run_failed);
    EXPECT_EQ(useless.err, "zenops-cli: there is the gpu that the run blobs_zeno asks for, but its shards cannot use it (built without "
                           "CUDA): expected cluster.placement.shard_gpus 0\n");
  }
}

TEST_F(RunTest, EveryRoundHasALineOfMetrics) {
  ASSERT_EQ(run({config("blobs_zeno.yaml"), "--set", "train.rounds=3", "--quiet"}).exit_code, 0);
  const auto lines = lines_of(text_of(file("metrics.jsonl")));
  ASSERT_EQ(lines.size(), 3u);
  const auto last = Json::parse(lines[2]);
  EXPECT_EQ(last["round"], 3);
  EXPECT_TRUE(last["accuracy"].is_number());
  ASSERT_EQ(last["workers"].size(), 7u);
  EXPECT_EQ(last["workers"][6]["state"], "answered");
  EXPECT_GT(last["workers"][0]["poisoned"], 0);  // the first two always lie
  EXPECT_EQ(last["workers"][6]["poisoned"], 0);
}

TEST_F(RunTest, AReputationLeavesEvidence) {
  ASSERT_EQ(run({config("blobs_zeno.yaml"), "--set", "train.rounds=3", "--quiet"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(file("evidence.jsonl"))) << "it is off";
  ASSERT_EQ(run({config("blobs_zeno.yaml"), "--set", "train.rounds=30", "--set", "reputation.mode=evict", "--quiet"}).exit_code, 0);
  std::vector<std::string> what;
  for (const auto& line : lines_of(text_of(file("evidence.jsonl")))) {
    const auto json = Json::parse(line);
    EXPECT_LT(json["worker"], 2) << "the first two always lie";
    EXPECT_EQ(json["rule"], "zeno");
    EXPECT_GE(json["numbers"]["answers"], 20);
    const auto hashes = json["rows_sha256"];
    // What a worker sends is hashed from its warning on, at each shard.
    if (json["worker"] == 0) {
      EXPECT_EQ(hashes.size(), what.empty() ? 0u : 2u);
    }
    for (const auto& hash : hashes) EXPECT_EQ(hash.get<std::string>().size(), 64u);
    if (json["worker"] == 0) what.push_back(json["what"]);
  }
  ASSERT_EQ(what.size(), 3u);
  EXPECT_THAT(what[2], testing::StartsWith("evicted: "));
  const auto last = Json::parse(lines_of(text_of(file("metrics.jsonl"))).back());
  EXPECT_EQ(last["workers"][0]["incarnation"], 2);
  EXPECT_EQ(last["workers"][0]["poisoned"], 0) << "whoever has followed it is honest";
  EXPECT_GT(last["workers"][0]["accepted"], 0);
}

TEST_F(RunTest, WhoeverFollowsAnEvictedWorkerHasTheSameBitsInAProcessOfItsOwn) {
  std::string weights[2];
  for (const bool apart : {false, true}) {
    ASSERT_EQ(run({config("blobs_zeno.yaml"), "--set", "train.rounds=30", "--set", "reputation={mode: evict, window: 12, least: 6, readmit: 6}",
                   "--set", std::string("cluster.isolation=") + (apart ? "process" : "thread"), "--quiet"}).exit_code, 0);
    const std::string file_of = text_of(file("weights.safetensors"));
    weights[apart] = file_of.substr(file_of.size() - 840);  // 210 numbers, without what is said of the configuration
    const auto last = Json::parse(lines_of(text_of(file("metrics.jsonl"))).back());
    for (const size_t liar : {0u, 1u}) EXPECT_EQ(last["workers"][liar]["incarnation"], 2);
  }
  EXPECT_EQ(weights[0], weights[1]);
}

TEST_F(RunTest, TrainsOnATextWithAnAnswerForEachCharacter) {
  std::string text;
  for (int k = 0; k < 300; ++k) text += "the quick brown fox ";
  std::ofstream(folder_.path() / "text.txt") << text;
  const auto ended =
      run({config("blobs_zeno.yaml"), "--json", "--set", "data={name: text, file: text.txt, length: 20, batch: 8}",
           "--set", "model={name: char_transformer, layers: 1, width: 16, heads: 2}", "--set", "train.rounds=2"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(Json::parse(lines_of(ended.out).back())["class_accuracy"].size(), 16u) << "one for each character";

  const auto refused =
      run({config("blobs_zeno.yaml"), "--set", "data={name: text, file: text.txt, length: 20, batch: 8}"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("softmax gives one answer for a sample, the data set has 20 labels"));
}

/// An IDX file of zeros with this shape.
std::string idx_of_zeros(const std::vector<uint32_t>& shape) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  size_t size = 1;
  for (const uint32_t n : shape) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(n >> shift);
    size *= n;
  }
  return bytes + std::string(size, '\0');
}

TEST_F(RunTest, ShowsSmallGreyImagesToAModelThatWantsLargeColouredOnes) {
  for (const auto& [name, count] : {std::pair<std::string, uint32_t>{"train", 12}, {"t10k", 2}}) {
    std::ofstream(folder_.path() / (name + "-images-idx3-ubyte")) << idx_of_zeros({count, 28, 28});
    std::ofstream(folder_.path() / (name + "-labels-idx1-ubyte")) << idx_of_zeros({count});
  }
  const std::vector<std::string> arguments = {config("blobs_zeno.yaml"),
                                              "--json",
                                              "--set",
                                              "data={name: mnist, path: ., augment: crop_flip, batch: 2}",
                                              "--set",
                                              "model={name: cifar_resnet20_v1}",
                                              "--set",
                                              "train={rounds: 1}",
                                              "--set",
                                              "cluster={workers: 2}",
                                              "--set",
                                              "attack={name: none}"};
  const auto refused = run(arguments);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("data.verify: false takes it as it is"));

  auto unverified = arguments;
  unverified.insert(unverified.end(), {"--set", "data.verify=false"});
  const auto ended = run(unverified);
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(Json::parse(lines_of(ended.out).back())["rounds"], 1);
}

TEST_F(RunTest, AModelThatDoesNotTakeTheImagesAsTheyAreSaysSo) {
  const std::string data = "/usr/share/datasets/fashion-mnist";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "no data: fashion_mnist";
  const auto ended =
      run({config("fashion_mnist_average.yaml"), "--json", "--set", "train={rounds: 1, local_steps: 1, eval_every: 1}",
           "--set", "model.name=cifar_resnet20_v1", "--set", "data.image=as_is"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("cifar_resnet20_v1 takes 32 × 32 × 3 images, the data set has 28 × 28 × 1"));
}

TEST_F(RunTest, CheckpointsAreLeftBesideTheLastWeights) {
  const auto ended = run({config("blobs_zeno.yaml"), "--quiet", "--set", "train.rounds=10", "--set",
                          "train.eval_every=5", "--set", "output={checkpoint_every: 2, keep: 3}"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  std::vector<std::string> names;
  for (const auto& left : std::filesystem::directory_iterator(file("checkpoints")))
    names.push_back(left.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("best.safetensors", "round-000006.safetensors",
                                                   "round-000008.safetensors", "round-000010.safetensors"));
  EXPECT_EQ(read_safetensors(file("checkpoints/round-000010.safetensors")).values,
            read_safetensors(file("weights.safetensors")).values);
  EXPECT_EQ(read_safetensors(file("checkpoints/round-000008.safetensors")).metadata.at("rounds"), "8");

  // What round 8 left is what a run of eight rounds ends with.
  ASSERT_EQ(run({config("blobs_zeno.yaml"), "--quiet", "--set", "train.rounds=8", "--set", "name=eight"}).exit_code, 0);
  EXPECT_EQ(read_safetensors(file("checkpoints/round-000008.safetensors")).values,
            read_safetensors(folder_.path() / "runs" / "eight" / "weights.safetensors").values);
}

TEST_F(RunTest, BeginsWithTheWeightsItIsGiven) {
  ASSERT_EQ(run({config("blobs_zeno.yaml"), "--quiet", "--set", "train.rounds=3"}).exit_code, 0);
  const auto before = read_safetensors(file("weights.safetensors")).values;
  ASSERT_EQ(run({config("blobs_zeno.yaml"), "--quiet", "--set", "train={rounds: 1, optimizer: {lr: 1e-30}}", "--set",
                 "name=after", "--init", "runs/blobs_zeno"})
                .exit_code,
            0);
  EXPECT_EQ(read_safetensors(folder_.path() / "runs" / "after" / "weights.safetensors").values, before);
  EXPECT_THAT(text_of(folder_.path() / "runs" / "after" / "config.yaml"), HasSubstr("init: runs/blobs_zeno"));

  const auto ended =
      run({config("blobs_zeno.yaml"), "--quiet", "--set", "model.name=mlp", "--init", "runs/blobs_zeno"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("runs/blobs_zeno/weights.safetensors: not the weights of this model"));
  EXPECT_THAT(ended.err, HasSubstr("fc1.weight: missing"));
  EXPECT_TRUE(std::filesystem::exists(file("result.json"))) << "the run that was there is left alone";
}

TEST_F(RunTest, TheConfigThatItLeavesGivesTheSameBytesAgain) {
  ASSERT_EQ(run({config("blobs_zeno.yaml"), "--set", "train.rounds=2", "--set", "cluster.threads=1"}).exit_code, 0);
  const auto first = Json::parse(text_of(file("result.json")));
  std::filesystem::copy_file(file("config.yaml"), folder_.path() / "again.yaml");
  ASSERT_EQ(run({"again.yaml", "--set", "cluster.threads=2"}).exit_code, 0);
  EXPECT_EQ(Json::parse(text_of(file("result.json")))["sha256"], first["sha256"]);
}

TEST_F(RunTest, ARunOfThatNameIsMovedAside) {
  for (const char* seed : {"seed=11", "seed=22", "seed=33"})
    ASSERT_EQ(run({config("blobs_zeno.yaml"), "--set", "train.rounds=1", "--set", seed}).exit_code, 0);
  const auto yaml = [&](const std::string& name) { return text_of(folder_.path() / "runs" / name / "config.yaml"); };
  EXPECT_THAT(yaml("blobs_zeno~1"), HasSubstr("seed: 11"));
  EXPECT_THAT(yaml("blobs_zeno~2"), HasSubstr("seed: 22"));
  EXPECT_THAT(yaml("blobs_zeno"), HasSubstr("seed: 33"));
}

TEST_F(RunTest, SaysInWordsWhatCameOfIt) {
  const auto ended = run({config("blobs_zeno.yaml"), "--set", "train.rounds=5"});
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(ended.out, HasSubstr("round 5/5  accuracy"));
  EXPECT_THAT(ended.out, HasSubstr("after 5 rounds\n"));
  EXPECT_THAT(ended.out, HasSubstr("weights:  runs/blobs_zeno/weights.safetensors\n"));
}

TEST_F(RunTest, MissingDataExitWith3AndLeaveNoFolder) {
  const auto ended = run({config("fashion_mnist_average.yaml"), "--set", "data.path=/no/such/folder"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.err, HasSubstr("zenops-cli: /no/such/folder"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs"));
}

TEST_F(RunTest, AFolderThatCannotBeMadeExitsWith4) {
  std::ofstream(folder_.path() / "file") << "in the way";
  const auto ended = run({config("blobs_zeno.yaml"), "--set", "output.runs=file"});
  EXPECT_EQ(ended.exit_code, 4);
  EXPECT_EQ(ended.err, "zenops-cli: cannot write file/blobs_zeno: Not a directory\n");
}

// A limit on file sizes (in blocks of 512 bytes) stands for a disk that is full: everybody may set one.
TEST_F(RunTest, ADiskThatIsFullAtTheEndLeavesNothingThatLooksWhole) {
  const auto ended = run({config("blobs_zeno.yaml"), "--quiet", "--set", "train.rounds=1", "--set",
                          "data.features=1000", "--set", "model.name=mlp"},
                         "ulimit -f 400");
  EXPECT_EQ(ended.exit_code, 4);
  EXPECT_THAT(ended.err, HasSubstr("no snapshot of round 1: cannot write runs/blobs_zeno/snapshots/"));
  EXPECT_THAT(ended.err, HasSubstr("zenops-cli: cannot write runs/blobs_zeno/weights.safetensors: File too large\n"));
  EXPECT_FALSE(std::filesystem::exists(file("weights.safetensors")));
  EXPECT_FALSE(std::filesystem::exists(file("result.json")));
}

TEST_F(RunTest, ADiskThatIsFullOnTheWayEndsTheRun) {
  const auto ended = run({config("blobs_zeno.yaml"), "--quiet", "--set", "train.rounds=1000000"}, "ulimit -f 20");
  EXPECT_EQ(ended.exit_code, 4);
  EXPECT_EQ(ended.err, "zenops-cli: cannot write runs/blobs_zeno/metrics.jsonl: File too large\n");
  EXPECT_FALSE(std::filesystem::exists(file("result.json")));
}

TEST_F(RunTest, CtrlCSavesTheWeightsAndExitsWith130) {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::filesystem::remove_all(folder_.path() / "runs");
    Process process(folder_.path(), {"run", config("blobs_zeno.yaml"), "--set", "train.rounds=1000000", "--json"});
    ASSERT_TRUE(trains(process, file("metrics.jsonl"))) << process.err();
    process.signal(signal);
    const auto ended = process.wait();
    EXPECT_EQ(ended.exit_code, 130) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("stopping after this round"));
    const auto result = Json::parse(lines_of(ended.out).back());
    EXPECT_EQ(result["stopped"], true);
    EXPECT_EQ(lines_of(text_of(file("metrics.jsonl"))).size(), result["rounds"]);
    const auto weights = read_safetensors(file("weights.safetensors"));
    EXPECT_EQ(sha256(std::as_bytes(std::span(weights.values))), result["sha256"]);
  }
}

TEST_F(RunTest, ASecondCtrlCEndsAtOnce) {
  // A worker that does not answer in round 3, and an hour to wait for it. Nothing is done between round 2 and that.
  Process process(folder_.path(), {"run", config("blobs_zeno.yaml"), "--set", "attack=[{name: silent, workers: 1, start: 3}]", "--set",
                                   "train.rounds=1000", "--set", "cluster.deadline=3600", "--set", "snapshots.every=0"});
  ASSERT_TRUE(trains(process, file("metrics.jsonl"))) << process.err();
  process.signal(SIGINT);
  while (process.running() && process.err().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 130);
  EXPECT_FALSE(std::filesystem::exists(file("result.json")));
}

bool has_data(const Config& config, const Catalogue& catalogue) {
  const auto* dataset = catalogue.datasets.find(config.training.data.name);
  return dataset->usual_path.empty() || std::filesystem::exists(dataset->usual_path);
}

TEST_F(RunTest, AModelsFileThatIsNotThereIsNamedBeforeAnythingIsWritten) {
  const auto ended = run({config("blobs_zeno.yaml"), "--set", "model={file: net.pt}"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.err, "zenops-cli: model: net.pt is no file\n");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs"));
}

/// The configs that come with zenops, shrunk.
class ComesWithZenopsTest : public RunTest, public testing::WithParamInterface<std::string> {};

std::vector<std::string> configs() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("configs"))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_P(ComesWithZenopsTest, RunsTwoRounds) {
  const auto path = config(GetParam() + ".yaml");
  const Catalogue catalogue;
  const auto config = load_config(path, {}, catalogue);
  if (!has_data(config, catalogue)) GTEST_SKIP() << "no data: " << config.training.data.name;
  if (const auto& file = config.training.model.file; !file.empty()) {
    const auto make = ZENOPS_MAKE_SCRIPT " grey_images '" + (folder_.path() / file).string() + "'";
    ASSERT_EQ(std::system(make.c_str()), 0);
  }
  const auto ended = run({path, "--json", "--set", "train.rounds=2", "--set", "train.local_steps=1"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(Json::parse(lines_of(ended.out).back())["rounds"], 2);
}

INSTANTIATE_TEST_SUITE_P(Configs, ComesWithZenopsTest, testing::ValuesIn(configs()),
                         [](const auto& info) { return info.param; });

TEST_F(RunTest, TheDemoComparesItsRules) {
  if (!std::filesystem::exists(Catalogue{}.datasets.find("fashion_mnist")->usual_path))
    GTEST_SKIP() << "no data: fashion_mnist";
  const auto ended = zenops_cli(folder_.path(), {"demo", "--rounds", "1", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto demo = Json::parse(ended.out);
  EXPECT_EQ(demo["runs"].size(), 9u);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "runs/demo/zeno-messages_lie/result.json"));
}

}  // namespace
}  // namespace zenops
