#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::json;

/// Commands that read the repository's files and write none.
class CommandsTest : public testing::Test {
 protected:
  Ended cli(const std::vector<std::string>& arguments, const std::string& prelude = ":") {
    return zenops_cli(folder_.path(), arguments, "cd '" + root_.string() + "' && " + prelude);
  }
  const std::filesystem::path root_ = std::filesystem::current_path();
  TemporaryFolder folder_;
};

TEST_F(CommandsTest, CheckNamesEveryMistakeAndExitsWith2) {
  const auto ended = cli({"check", "tests/data/unknown_key.yaml"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.out, "");
  std::string wanted;
  for (const auto& line : lines_of(text_of("tests/data/unknown_key.txt"))) wanted += "zenops-cli: " + line + "\n";
  EXPECT_EQ(ended.err, wanted);
}

TEST_F(CommandsTest, TheConformanceTableIsWhatThePageSays) {
  const auto page = cli({"rules", "--conformance", "--markdown"});
  EXPECT_EQ(page.exit_code, 0) << page.err;
  EXPECT_EQ(page.out, text_of("docs/conformance.md"));
  const auto table = Json::parse(cli({"rules", "--conformance", "--json"}).out);
  EXPECT_TRUE(table["conforms"]);
  EXPECT_GT(table["cells"].size(), 300u);
}

TEST_F(CommandsTest, CheckPrintsWhatResolvesToItself) {
  const auto first = cli({"check", "configs/fashion_mnist_zeno.yaml", "--set", "train.rounds=7"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("\n  rounds: 7\n"));
  const auto printed = folder_.path() / "printed.yaml";
  std::ofstream(printed) << first.out;
  EXPECT_EQ(cli({"check", printed.string()}).out, first.out);
}

TEST_F(CommandsTest, CheckPrintsJson) {
  const auto ended = cli({"check", "configs/fashion_mnist_zeno.yaml", "--json"});
  EXPECT_EQ(Json::parse(ended.out)["rule"]["name"], "zeno");
}

TEST_F(CommandsTest, DatasetsShowsHowWorkersShareOne) {
  const auto ended = cli({"datasets", "--partition", "dirichlet", "--alpha", "0.5", "--workers", "4", "--data", "blobs", "--seed", "3"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, StartsWith("blobs for 4 workers, dirichlet with alpha 0.5, seed 3\nlabel"));
  EXPECT_THAT(ended.out, HasSubstr("\nworker/3"));
  const auto json = Json::parse(cli({"datasets", "--config", "configs/blobs_zeno.yaml", "--partition", "quantity", "--json"}).out);
  size_t samples = 0;
  for (const auto& part : json["parts"]) samples += part["samples"].get<size_t>();
  EXPECT_EQ(samples, 4000u);
  EXPECT_EQ(json["partition"], "quantity");
}

TEST_F(CommandsTest, DatasetsRefusesWhatNoRunCouldShare) {
  const auto ended = cli({"datasets", "--partition", "dirichlet", "--alpha", "0.001", "--workers", "20", "--data", "blobs"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("data.partition: with dirichlet, alpha 0.001, worker "));
  EXPECT_THAT(cli({"datasets", "--workers", "4"}).err, HasSubstr("--workers: found without --partition or --config"));
  EXPECT_THAT(cli({"datasets", "--partition", "iid", "--workers", "no"}).err, HasSubstr("cluster.workers: found \"no\""));
}

TEST_F(CommandsTest, SetTakesOneValueAndLeavesTheConfigAlone) {
  const auto ended =
      cli({"check", "--set", "train.rounds=7", "configs/blobs_zeno.yaml", "--set", "rule={name: average}"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("\n  rounds: 7\n"));
  EXPECT_THAT(ended.out, HasSubstr("\nrule:\n  name: average\n"));
}

TEST_F(CommandsTest, ASetListIsOneValue) {
  const auto ended = cli({"check", "configs/blobs_zeno.yaml", "--set", "attack=[{name: negative, workers: [1, 3]}]"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("workers: [1, 3]"));
}

TEST_F(CommandsTest, AnUnknownCommandIsGuessed) {
  const auto ended = cli({"chek", "x.yaml"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.err, "zenops-cli: unknown command \"chek\"; did you mean \"check\"?\n");
  EXPECT_EQ(cli({"frobnicate"}).err, "zenops-cli: unknown command \"frobnicate\"; see zenops-cli --help\n");
}

TEST_F(CommandsTest, WrongUseExitsWith2) {
  EXPECT_EQ(cli({}).exit_code, 2);
  EXPECT_EQ(cli({"check"}).exit_code, 2);
  EXPECT_EQ(cli({"check", "configs/blobs_zeno.yaml", "--jsn"}).exit_code, 2);
  EXPECT_EQ(cli({"demo", "--rounds", "0"}).exit_code, 2);
  EXPECT_EQ(cli({"run", "no/such.yaml"}).err, "zenops-cli: no/such.yaml: cannot read: No such file or directory\n");
}

TEST_F(CommandsTest, HelpShowsAnExampleAndTheExitCodes) {
  const auto help = cli({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("Exit codes: 0 done"));
  for (const char* command :
       {"run", "demo", "check", "config", "rules", "attacks", "attack", "models", "datasets", "presets", "bench", "zeno-ps", "version"}) {
    const auto ended = cli({command, "--help"});
    EXPECT_EQ(ended.exit_code, 0) << command;
    EXPECT_THAT(ended.out, HasSubstr(std::string("Example: zenops-cli ") + command));
  }
}

TEST_F(CommandsTest, CataloguesAreListedForPeopleAndForPrograms) {
  for (const auto& [command, name] : std::vector<std::pair<std::string, std::string>>{
           {"rules", "zeno"}, {"attacks", "negative"}, {"models", "cnn_mnist"}, {"datasets", "fashion_mnist"}}) {
    EXPECT_THAT(cli({command}).out, HasSubstr(name + "\n"));
    const auto list = Json::parse(cli({command, "--json"}).out);
    const bool listed = std::any_of(list.begin(), list.end(), [&](const Json& e) { return e["name"] == name; });
    EXPECT_TRUE(listed) << command;
  }
  EXPECT_TRUE(Json::parse(cli({"datasets", "--json"}).out)[0].contains("present"));
}

TEST_F(CommandsTest, ConfigListsItsKeys) {
  EXPECT_THAT(cli({"config"}).out, HasSubstr("train.optimizer.lr"));
  EXPECT_EQ(cli({"config", "--reference"}).out, text_of("docs/configuration.md"));
  EXPECT_EQ(Json::parse(cli({"config", "--json"}).out)[0]["key"], "name");
}

TEST_F(CommandsTest, BenchMeasuresAggregationBesideTheRoofAndSaysWhatItCouldNot) {
  const auto ended = cli({"bench", "aggregation", "--rows", "7", "--dimensions", "2000", "--threads", "1",
                          "--repetitions", "2", "--python", "/bin/false", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto report = Json::parse(ended.out);
  EXPECT_GT(report["results"].size(), 10u);
  for (const auto& result : report["results"]) {
    EXPECT_GT(result["ratio"], 0) << result;
    EXPECT_TRUE(result["bound"] == "memory" || result["bound"] == "arithmetic") << result;
  }
  EXPECT_EQ(report["missing"][0], "/bin/false could not run bench/peers.py");
  for (const auto& missed : report["missed"]) {
    EXPECT_GT(missed["value"].get<double>(), missed["bar"].get<double>()) << missed;
    EXPECT_NE(missed["reason"], "");
  }
}

TEST_F(CommandsTest, BenchLaysWhatTorchHasBesideRules) {
  const auto ended = cli({"bench", "aggregation", "--rows", "5", "--dimensions", "2000", "--threads", "1",
                          "--repetitions", "1", "--python", "/bin/false", "--peers", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto report = Json::parse(ended.out);
  std::vector<std::string> names;
  for (const auto& peer : report["peers"]) {
    names.push_back(peer["name"]);
    EXPECT_GT(peer["seconds"].get<double>(), 0) << peer;
  }
  EXPECT_THAT(names, testing::ElementsAre("median by torch.sort", "median by torch.median", "distances by torch.cdist",
                                          "distances by torch.cdist with products"));
}

TEST_F(CommandsTest, BenchPrintsThePageOfAggregationAndDrawsIt) {
  const auto ended = cli({"bench", "aggregation", "--quick", "--rows", "5", "--dimensions", "2000", "--threads", "1",
                          "--repetitions", "1", "--python", "/bin/false", "--markdown", "--plot",
                          (folder_.path() / "out.svg").string()});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("d = 2000, 1 thread:\n\n|  | measured in | n = 5 |\n"));
  EXPECT_THAT(ended.out, HasSubstr("| `nnm + trimmed_mean` | reads | "));
  EXPECT_THAT(text_of(folder_.path() / "out.svg"), HasSubstr("<svg"));
  EXPECT_EQ(cli({"bench", "aggregation", "--markdown", "--json"}).exit_code, 2);
}

TEST_F(CommandsTest, BenchSetsRoundsBesideAverages) {
  const auto ended = cli({"bench", "rounds", "--json", "--workers", "5", "--rules", "median,nnm + trimmed_mean", "--model",
                          "mlp", "--rounds", "2", "--repetitions", "1"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto rounds = Json::parse(ended.out)["rounds"];
  ASSERT_EQ(rounds.size(), 2u);
  for (const auto& round : rounds) {
    EXPECT_GT(round["ratio"].get<double>(), 0) << round;
    EXPECT_EQ(round["met"].get<bool>(), round["ratio"].get<double>() <= round["bar"].get<double>()) << round;
    EXPECT_EQ(round["met"].get<bool>(), round["reason"] == "") << round;
  }
  EXPECT_EQ(cli({"bench", "rounds", "--rules", "nobody"}).exit_code, 2);
}

TEST_F(CommandsTest, BenchSetsUpdatesBesideTheMemoryAndAsynchronousTrainingBesideRounds) {
  const auto ended = cli({"bench", "async", "--json", "--dimensions", "20000", "--shards", "1,2", "--updates", "80", "--rounds",
                          "1", "--workers", "4"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto report = Json::parse(ended.out);
  ASSERT_EQ(report["free"].size(), 4u);
  for (const auto& updates : report["free"]) EXPECT_GT(updates["updates_per_second"], 0) << updates;
  ASSERT_EQ(report["trained"].size(), 2u);
  for (const auto& trained : report["trained"]) EXPECT_GT(trained["ratio"], 0) << trained;
}

TEST_F(CommandsTest, BenchMeasuresTheRuntimeBesideBareCafAndOtherProcesses) {
  const auto ended = cli({"bench", "runtime", "--json", "--seconds", "0.01", "--only", "local,remote"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto report = Json::parse(ended.out);
  EXPECT_TRUE(report["missing"].empty()) << report;
  EXPECT_EQ(report["figures"].size(), 12u);
  for (const auto& figure : report["figures"]) {
    EXPECT_GT(figure["value"].get<double>(), 0) << figure;
    EXPECT_LE(figure["quartiles"][0].get<double>(), figure["quartiles"][1].get<double>()) << figure;
    if (figure.contains("met")) {
      EXPECT_EQ(figure["met"].get<bool>(), figure["value"].get<double>() <= figure["at_most"].get<double>()) << figure;
    }
  }
  EXPECT_EQ(cli({"bench", "runtime", "--only", "everything"}).exit_code, 2);
}

TEST_F(CommandsTest, BenchMeasuresTrainingBesideAPlainLoop) {
  const auto ended = cli({"bench", "training", "--json", "--seconds", "0.01", "--model", "mlp"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const auto figures = Json::parse(ended.out)["figures"];
  EXPECT_EQ(figures.size(), 5u);
  for (const auto& figure : figures) {
    EXPECT_GT(figure["ratio"].get<double>(), 0) << figure;
    if (!figure.contains("met")) continue;
    EXPECT_EQ(figure["met"].get<bool>(), figure["ratio"].get<double>() >= figure["at_least"].get<double>()) << figure;
  }
  EXPECT_EQ(cli({"bench"}).exit_code, 2) << "which one?";
  EXPECT_EQ(cli({"bench", "training", "--model", "softmax"}).exit_code, 2) << "there is no plain loop for it";
}

TEST_F(CommandsTest, BenchMeasuresACardOrSaysInOneLineWhyItCannot) {
  const auto ended = cli(
      {"bench", "gpu", "--json", "--rows", "10", "--dimensions", "1000", "--repetitions", "1", "--seconds", "0.01"});
  if (ended.exit_code == 0) {
    EXPECT_GE(Json::parse(ended.out)["results"].size(), 10u);
  } else {
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, StartsWith("zenops-cli: bench gpu needs a GPU, and there is none: "));
    EXPECT_EQ(lines_of(ended.err).size(), 1u) << ended.err;
  }
  EXPECT_EQ(cli({"bench", "gpu", "--rows", "513"}).exit_code, 2) << "no kernel is for so many";
}

TEST_F(CommandsTest, VersionIsSaid) {
  EXPECT_THAT(cli({"version"}).out, StartsWith("zenops 0."));
  EXPECT_EQ(cli({"--version"}).out, cli({"version"}).out);
  EXPECT_TRUE(Json::parse(cli({"version", "--json"}).out).contains("compiler"));
}

TEST_F(CommandsTest, LostOutputIsAFailure) {
  const auto ended = cli({"check", "configs/blobs_zeno.yaml"}, "exec > /dev/full");
  EXPECT_EQ(ended.exit_code, 4);
  EXPECT_EQ(ended.err, "zenops-cli: cannot write to standard output\n");
}

TEST_F(CommandsTest, WhatDoesNotTrainDoesNotLoadTorch) {
  // LD_DEBUG's report of every library that is opened, whoever asks for it.
  const auto ended = cli({"rules"}, "export LD_DEBUG=files");
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.err, HasSubstr("libstdc++"));
  EXPECT_THAT(ended.err, testing::Not(HasSubstr("libtorch")));
  EXPECT_THAT(ended.err, testing::Not(HasSubstr("libzenops_torch")));
}

TEST_F(CommandsTest, NothingIsColouredInAFile) {
  EXPECT_THAT(cli({"rules"}).out + cli({"chek"}).err, testing::Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace zenops
