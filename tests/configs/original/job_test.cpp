#include "configs/original/job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "configs/config.hpp"
#include "configs/original/words.hpp"
#include "configs/resolved.hpp"

namespace zenops::original {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Json = nlohmann::json;

const std::string validator = "train_cifar10_zeno_validator.py ", worker = "train_cifar10_zeno_worker.py ";

class JobTest : public testing::Test {
 protected:
  Job job(const std::vector<std::string>& commands, const Assignments& environment = {}) const {
    Problems problems;
    Saying saying;
    saying.environment = environment;
    for (const auto& command : commands) saying.lines.push_back(read_command(*split_words(command), problems));
    Job result = make_job(saying, catalogue_, problems);
    problems.raise();
    return result;
  }
  Json config(const std::vector<std::string>& commands, const Assignments& environment = {}) const {
    return Json::parse(to_json(parse_config(to_yaml(job(commands, environment).experiment), "job", {}, catalogue_), catalogue_));
  }
  std::string mistakes(const std::vector<std::string>& commands, const Assignments& environment = {}) const {
    try {
      job(commands, environment);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "none";
  }
  std::vector<std::string> remarks(const std::vector<std::string>& commands) const { return job(commands).experiment.remarks; }
  static Json at(const Json& config, std::string key) {
    std::ranges::replace(key, '.', '/');
    const Json::json_pointer pointer("/" + key);
    return config.contains(pointer) ? config.at(pointer) : Json();
  }
  /// What must be said beside a flag so that it decides something.
  static std::string context(const std::string& flag) {
    if (flag.starts_with("--alpha")) return " --sync-mode async --validation-type zenopp";
    if (flag == "--zeno-eta") return " --validation-type zeno";
    if (flag == "--byz-type") return " --byz-rate 0.1";
    if (flag.starts_with("--byz-")) return " --byz-type negative --byz-rate 0.1";
    if (flag == "--drop-rate") return " --model cifar_wideresnet16_10";
    return "";
  }
  const Catalogue catalogue_;
};

TEST_F(JobTest, EveryFlagOfTheScriptsDoesWhatTheTableSays) {
  for (const Flag& flag : flags()) {
    if (!(flag.programs & scripts)) continue;
    const std::string before = validator + context(flag.name);
    const std::string given = " " + flag.name + " " + flag.example + (flag.name == "--sync-mode" ? " --validation-type naive_async" : "");
    const Json without = config({before}), with = config({before + given});
    if (flag.key.empty()) {
      EXPECT_EQ(with, without) << flag.name;
      EXPECT_THAT(remarks({before + given}), Contains(flag.name + " " + flag.example + ": no effect: " + flag.remark + ".")) << flag.name;
    } else {
      EXPECT_NE(at(with, flag.key), at(without, flag.key)) << flag.name << " → " << flag.key;
    }
  }
}

TEST_F(JobTest, EveryDefaultIsWhatItWasThere) {
  for (const Flag& flag : flags()) {
    if (!(flag.programs & scripts) || flag.usual.empty()) continue;
    const std::string before = flag.name.starts_with("--byz-") ? validator : validator + context(flag.name);
    EXPECT_EQ(config({before + " " + flag.name + " " + flag.usual}), config({before})) << flag.name;
  }
}

TEST_F(JobTest, EveryVariableDoesWhatTheTableSays) {
  const std::string line = validator + "--validation-type average";
  for (const Variable& variable : variables()) {
    const std::string said = variable.name + "=" + variable.example + " ";
    if (variable.key.empty()) {
      EXPECT_EQ(config({said + line}), config({line})) << variable.name;
      EXPECT_THAT(remarks({said + line}), Contains(variable.name + "=" + variable.example + ": no effect: " + variable.remark + "."));
    } else if (variable.name == "BYTEPS_ENABLE_ASYNC") {
      EXPECT_THAT(mistakes({said + line}), HasSubstr("BYTEPS_ENABLE_ASYNC: found 1 beside --sync-mode sync, expected 0"));
    } else if (variable.name == "DMLC_WORKER_ID") {
      const std::string lies = worker + "--byz-type negative --byz-rate 0.2";
      EXPECT_NE(at(config({"DMLC_NUM_WORKER=3 " + said + lies, line}), variable.key), at(config({"DMLC_NUM_WORKER=3 " + lies, line}), variable.key));
    } else {
      EXPECT_NE(at(config({said + line}), variable.key), at(config({line}), variable.key)) << variable.name;
      EXPECT_EQ(config({said + line}), config({line}, {{variable.name, variable.example}})) << "the environment says the same";
    }
  }
}

TEST_F(JobTest, RefusesValuesInTheFlagsName) {
  const auto of = [&](const std::string& flags) { return mistakes({validator + flags}); };
  EXPECT_EQ(of("--sparse-rate 1.0"),
            "validator's line: --sparse-rate: found 1.0, expected a number ≥ 0 and < 1: with 1 no layer would ever be sent");
  EXPECT_EQ(of("--worker-subsample-rate 0"),
            "validator's line: --worker-subsample-rate: found 0, expected a number > 0 and ≤ 1: with 0 no worker would ever take part");
  EXPECT_EQ(of("--alpha 1.5"), "validator's line: --alpha: found 1.5, expected a number > 0 and ≤ 1: it is the share of an update that counts");
  EXPECT_THAT(of("--alpha 0"), HasSubstr("--alpha: found 0"));
  EXPECT_THAT(of("--byz-scale 0"), HasSubstr("--byz-scale: found 0, expected a number > 0"));
  EXPECT_THAT(of("--lr-decay-epoch 150,100"), HasSubstr("--lr-decay-epoch: found \"150,100\", expected epochs in ascending order, like 100,150"));
  EXPECT_THAT(of("--lr-decay-epoch 100,"), HasSubstr("--lr-decay-epoch: found"));
  EXPECT_THAT(of("--batch-size many"), HasSubstr("--batch-size: found \"many\", expected an integer ≥ 1"));
  EXPECT_THAT(of("--model cifar_resnet20_v2"), HasSubstr("--model: found \"cifar_resnet20_v2\", expected a model that there is; did you mean \"cifar_resnet20_v1\"?"));
  EXPECT_THAT(of("--optimizer adam"), HasSubstr("--optimizer: found \"adam\", expected one of nag, sgd: MXNet's others are not here"));
  EXPECT_THAT(of("--logging-file a/b"), HasSubstr("--logging-file: found \"a/b\", expected the name of a folder"));
  EXPECT_THAT(of("--byz-type alie"), HasSubstr("--byz-type: found \"alie\", expected one of none, random, randomscale, negative"));
  EXPECT_THAT(of("--lr"), HasSubstr("--lr: found no value, expected one like 0.2"));
}

TEST_F(JobTest, AnUnknownFlagIsGuessed) {
  EXPECT_EQ(mistakes({validator + "--validaton-type zeno"}),
            "validator's line: --validaton-type: unknown flag; did you mean \"--validation-type\"?");
  EXPECT_EQ(mistakes({validator + "--frobnicate 3 --lr 0.2"}), "validator's line: --frobnicate: unknown flag; docs/zeno-ps.md lists those there are");
}

TEST_F(JobTest, AnUnknownScriptIsGuessed) {
  EXPECT_THAT(mistakes({"python3 train_cifar10_zeno_validater.py --lr 1"}), HasSubstr("did you mean \"train_cifar10_zeno_validator.py\"?"));
  EXPECT_THAT(mistakes({"train_cifar10_serveronly.py --nparts 16"}), HasSubstr("nobody pushes anything, and there is no such run here"));
  EXPECT_THAT(mistakes({"python3 launch.py"}), HasSubstr("found nothing that trains"));
}

TEST_F(JobTest, WhatStandsInFrontOfAScriptIsTaken) {
  const Json plain = config({validator + "--validation-type zeno"});
  for (const char* front : {"python ", "python3 /home/me/", "python3 launcher/launch.py python3 example/mxnet/", "env python3.8 "})
    EXPECT_EQ(config({front + validator + "--validation-type=zeno"}), plain) << front;
  EXPECT_EQ(config({"train_cifar10_byteps_zeno_validator.py --validation-type zeno -j2"}), plain);
}

TEST_F(JobTest, TheValidatorsFlagsDecideRuleAndLength) {
  const std::vector<std::string> lines{worker + "--validation-type average --num-epochs 230", validator + "--validation-type phocas --num-epochs 200"};
  const Json both = config(lines);
  EXPECT_EQ(both["rule"]["name"], "phocas");
  EXPECT_EQ(both["train"]["epochs"], 200);
  EXPECT_EQ(both["train"]["worker_epochs"], 230);
  EXPECT_THAT(remarks(lines), Contains("--validation-type average on a worker's line: no effect, as there: the validators decide."));
}

TEST_F(JobTest, WorkersThatEndFirstEndTheRun) {
  EXPECT_THAT(remarks({worker + "--num-epochs 150", validator}),
              Contains("Workers end after 150 of the validators' 200 epochs: Zeno-PS hung then; here the run ends with them."));
}

TEST_F(JobTest, AWorkersLineAloneHasTheValidatorsDefaults) {
  const Json alone = config({worker + "--validation-type zeno --sparse-rate 0.2"});
  EXPECT_EQ(alone["rule"]["name"], "average");
  EXPECT_EQ(alone["train"]["sparsity"], 0.2);
  EXPECT_THAT(mistakes({worker + "--sync-mode async"}), HasSubstr("--validation-type: found average, the validators' default, with --sync-mode async"));
}

TEST_F(JobTest, OneValueHoldsForAll) {
  EXPECT_EQ(mistakes({worker + "--batch-size 42", validator}),
            "validator's line: --batch-size: found 32 (the default) and on the worker's line 42, expected one value: here it holds for all");
  EXPECT_THAT(mistakes({worker + "--sync-mode async", validator}), HasSubstr("--sync-mode: found sync (the default)"));
  EXPECT_EQ(mistakes({worker + "--lr 0.10", validator + "--lr 0.1"}), "none");
}

TEST_F(JobTest, TheRuleMustFitTheMode) {
  EXPECT_EQ(mistakes({validator + "--validation-type zenopp"}),
            "validator's line: --validation-type: found zenopp with --sync-mode sync, expected one of average, trimmed_mean, phocas, zeno, or "
            "--sync-mode async");
  EXPECT_THAT(mistakes({validator + "--validation-type zeno --sync-mode async"}), HasSubstr("expected one of naive_async, zenopp"));
  EXPECT_THAT(mistakes({validator + "--validation-type zenno"}), HasSubstr("did you mean \"zeno\"?"));
}

TEST_F(JobTest, AsyncBringsWhatItHadThere) {
  const Json async = config({validator + "--sync-mode async --validation-type zenopp"}, {{"DMLC_NUM_WORKER", "8"}, {"BYTEPS_ENABLE_ASYNC", "1"}});
  EXPECT_EQ(async["train"]["proximal"], 0.2);
  EXPECT_EQ(async["async"]["scale_lr"], true);
  EXPECT_EQ(async["async"]["alpha"], 0.8);
  EXPECT_EQ(async["rule"]["eta"], -0.02);
  EXPECT_EQ(async["delays"]["worker/*"], "uniform(0, 8 s)");
}

TEST_F(JobTest, LiesMayStandOnOneWorkersLine) {
  const std::string lies = worker + "--byz-type negative --byz-scale 200 --byz-rate 0.2";
  EXPECT_EQ(config({lies, worker, worker, validator})["attack"]["workers"], 1) << "the first";
  EXPECT_EQ(config({"DMLC_WORKER_ID=1 " + lies, worker, validator}, {{"DMLC_NUM_WORKER", "3"}})["attack"]["workers"], Json({1}));
  const Json rest = config({"DMLC_WORKER_ID=0 " + worker, lies, validator}, {{"DMLC_NUM_WORKER", "4"}});
  EXPECT_EQ(rest["attack"]["workers"], Json({1, 2, 3})) << "all whom no line names";
  EXPECT_FALSE(config({lies, lies, lies, validator})["attack"].contains("workers")) << "everybody";
  const Json two = config({lies, worker + "--byz-type random --byz-rate 0.5", worker, validator});
  ASSERT_EQ(two["attack"].size(), 2u);
  EXPECT_EQ(two["attack"][1]["name"], "random");
  EXPECT_EQ(two["attack"][1]["workers"], Json({1}));
}

TEST_F(JobTest, LiesWithoutARateAreNone) {
  const std::vector<std::string> lines{worker + "--byz-type negative --byz-scale 200", worker, worker, validator};
  EXPECT_EQ(config(lines)["attack"]["name"], "none");
  EXPECT_THAT(remarks(lines), Contains("--byz-type negative: no effect: --byz-rate is 0, so that nobody lies, as there."));
}

TEST_F(JobTest, CountsMustAgree) {
  EXPECT_THAT(mistakes({"DMLC_NUM_WORKER=3 " + validator}, {{"DMLC_NUM_WORKER", "4"}}),
              HasSubstr("DMLC_NUM_WORKER on the validator's line: found 3 for the number of workers, expected 4, as DMLC_NUM_WORKER has it"));
  EXPECT_THAT(mistakes({worker, worker, validator}, {{"DMLC_NUM_WORKER", "3"}}), HasSubstr("for the number of workers"));
  EXPECT_THAT(mistakes({"DMLC_WORKER_ID=3 " + worker, validator}, {{"DMLC_NUM_WORKER", "3"}}), HasSubstr("DMLC_WORKER_ID: found 3, expected one below"));
  EXPECT_THAT(mistakes({validator}, {{"DMLC_NUM_VALIDATOR", "0"}}), HasSubstr("environment: DMLC_NUM_VALIDATOR: found 0, expected an integer ≥ 1"));
}

TEST_F(JobTest, AWorkerSpeaksOnce) {
  EXPECT_THAT(mistakes({"DMLC_WORKER_ID=0 " + worker, "DMLC_WORKER_ID=0 " + worker, validator}),
              HasSubstr("DMLC_WORKER_ID: found 0 on two workers' lines, expected another for each"));
  EXPECT_THAT(mistakes({"DMLC_WORKER_ID=0 " + worker, worker, worker, validator}),
              HasSubstr("found 2 workers' lines without DMLC_WORKER_ID beside others that have it"));
}

TEST_F(JobTest, ServersMustBeAskedForTheSameMode) {
  const std::string async = validator + "--sync-mode async --validation-type zenopp";
  EXPECT_EQ(mistakes({async, "BYTEPS_ENABLE_ASYNC=1 python3 launch.py"}), "none");
  EXPECT_EQ(mistakes({async}), "none");
  EXPECT_THAT(mistakes({async, "BYTEPS_ENABLE_ASYNC=0 python3 launch.py"}),
              HasSubstr("server's line: BYTEPS_ENABLE_ASYNC: found 0 beside --sync-mode async, expected 1"));
}

TEST_F(JobTest, TheTestsOfThePlumbingAreOne) {
  const Json plumbing = config({"python3 launch.py python3 test_zenops_worker.py", "test_zenops_validator.py"}, {{"DMLC_NUM_WORKER", "2"}});
  EXPECT_EQ(plumbing["plumbing"], true);
  EXPECT_EQ(plumbing["cluster"]["workers"], 2);
  EXPECT_THAT(mistakes({"test_zenops_worker.py --lr 1"}), HasSubstr("expected nothing: the script has no flags"));
  EXPECT_THAT(mistakes({"test_zenops_worker.py", validator}), HasSubstr("found scripts that do not go together"));
}

TEST_F(JobTest, PlainBytePsAveragesEveryStep) {
  const Json steps = config({"train_cifar10_byteps.py --batch-size 64 --lr 0.4"}, {{"DMLC_NUM_WORKER", "8"}});
  EXPECT_EQ(steps["rule"]["name"], "average");
  EXPECT_EQ(steps["train"]["local_steps"], 1);
  EXPECT_EQ(steps["cluster"]["workers"], 8);
}

TEST_F(JobTest, TheLogsNameIsTheRuns) {
  const Job named = job({validator + "--logging-file neg200_zeno"});
  EXPECT_EQ(named.log_name, "neg200_zeno");
  EXPECT_EQ(named.experiment.name, "neg200_zeno");
  EXPECT_THAT(named.validator_options, StartsWith("Namespace(alpha=0.8, "));
  EXPECT_EQ(job({validator}).log_name, "baseline");
}

}  // namespace
}  // namespace zenops::original
