#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "configs/original/words.hpp"
#include "tests/cli/daemons.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;
using Json = nlohmann::json;

/// Old command lines in a folder of the test's own, on made data and a small model.
class ZenoPsTest : public testing::Test {
 protected:
  Ended cli(std::vector<std::string> arguments, const std::string& prelude = ":") { return zenops_cli(folder_.path(), arguments, prelude); }
  Ended zeno_ps(std::vector<std::string> arguments, const std::string& prelude = ":") {
    arguments.insert(arguments.begin(), "zeno-ps");
    return cli(arguments, prelude);
  }
  void write_hostfiles(int workers) {
    for (const auto& [name, lines] : {std::pair<std::string, int>{"worker", workers}, {"validator", 1}, {"server", 1}}) {
      std::ofstream file(folder_.path() / (name + "-hostfile"));
      for (int k = 0; k < lines; ++k) file << "127.0.0.1\n";
    }
  }
  const std::filesystem::path root_ = std::filesystem::current_path();
  TemporaryFolder folder_;
};

/// What makes a run of seconds of one of years.
const std::vector<std::string> small{"--set", "data={name: blobs, batch: 16}", "--set", "model={name: softmax}", "--set", "train.epochs=2"};

TEST_F(ZenoPsTest, PrintsTheConfigOfALine) {
  const auto ended = zeno_ps({"--print", "--", "train_cifar10_zeno_validator.py", "--validation-type", "zeno", "--sync-interval", "16", "--sparse-rate",
                              "0.2", "--byz-type", "negative", "--byz-scale", "200", "--byz-rate", "0.2"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, StartsWith("# zenops-cli zeno-ps -- train_cifar10_zeno_validator.py --validation-type zeno"));
  EXPECT_THAT(ended.out, HasSubstr("\nattack: {name: negative, scale: 200, rate: 0.2}\n"));
  std::ofstream(folder_.path() / "printed.yaml") << ended.out;
  const auto config = Json::parse(cli({"check", "printed.yaml", "--json"}).out);
  EXPECT_EQ(config["rule"]["name"], "zeno");
  EXPECT_EQ(config["train"]["local_steps"], 16);
}

TEST_F(ZenoPsTest, PrintsWhatSetChanges) {
  const auto ended = zeno_ps({"--print", "--set", "data.name=fashion_mnist", "--", "train_cifar10_zeno_validator.py", "-j", "2"});
  EXPECT_THAT(ended.out, HasSubstr("  name: fashion_mnist\n"));
  EXPECT_THAT(ended.out, HasSubstr("# --num-data-workers 2: no effect: "));
}

TEST_F(ZenoPsTest, RunsALineAndLeavesTheOldLog) {
  std::vector<std::string> arguments = small;
  arguments.insert(arguments.end(), {"--json", "--", "DMLC_NUM_WORKER=3", "train_cifar10_zeno_validator.py", "--validation-type", "zeno", "--batch-size", "16",
                                     "--logging-file", "mine"});
  const auto ended = zeno_ps(arguments);
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(Json::parse(lines_of(ended.out).back())["name"], "mine");
  const auto lines = lines_of(text_of(folder_.path() / "runs/mine/cifar10-validator-0-cpu-mine.log"));
  ASSERT_EQ(lines.size(), 2u + 2 * 3);
  EXPECT_THAT(lines[0], StartsWith("Namespace(alpha=0.8, "));
  EXPECT_EQ(lines[1], "Validator 0, started");
  EXPECT_THAT(lines[5], MatchesRegex("\\[Epoch 1\\] speed: [0-9]+ samples/sec\ttime cost: [0-9.]+ lr=0.100000"));
  EXPECT_THAT(lines[6], MatchesRegex("\\[Epoch 1\\] test: accuracy=[01]\\.[0-9]{6}"));
  EXPECT_THAT(lines[7], MatchesRegex("\\[Epoch 1\\] validation rate: [01]\\.[0-9]{6}"));
}

TEST_F(ZenoPsTest, ReadsTheEnvironment) {
  const std::vector<std::string> arguments{"--print", "--", "train_cifar10_zeno_validator.py"};
  EXPECT_THAT(zeno_ps(arguments, "export DMLC_NUM_WORKER=7 DMLC_NUM_VALIDATOR=2 DMLC_NUM_SERVER=3").out,
              HasSubstr("cluster: {workers: 7, validators: 2, shards: 3, "));
  const auto refused = zeno_ps(arguments, "export BYTEPS_ENABLE_ASYNC=1");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("environment: BYTEPS_ENABLE_ASYNC: found 1 beside --sync-mode sync"));
}

TEST_F(ZenoPsTest, SaysWhatIsWrongAndExitsWith2) {
  const auto ended = zeno_ps({"--", "train_cifar10_zeno_validator.py", "--sparse-rate", "1.0", "--worker-subsample-rate", "0", "--alpah", "2"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(lines_of(ended.err).size(), 3u) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("--alpah: unknown flag; did you mean \"--alpha\"?"));
  EXPECT_THAT(zeno_ps({}).err, HasSubstr("found no command, expected one after --"));
  EXPECT_THAT(zeno_ps({"launch", "--", "train_cifar10_zeno_validator.py"}).err, HasSubstr("launch: found train_cifar10_zeno_validator.py, expected one launcher's line"));
}

TEST_F(ZenoPsTest, LaunchesWhatTheHostfilesSay) {
  write_hostfiles(4);
  const std::vector<std::string> line{"--", "python3", "dist_launcher_zeno.py", "--worker-hostfile", "worker-hostfile", "--validator-hostfile", "validator-hostfile",
                                      "--server-hostfile", "server-hostfile", "--scheduler-ip", "127.0.0.1", "--scheduler-port", "1234", "--server-command",
                                      "python3 launch.py", "--worker-command", "python3 launch.py python3 train_cifar10_zeno_worker.py --batch-size 16",
                                      "--validator-command", "python3 launch.py python3 train_cifar10_zeno_validator.py --batch-size 16 --validation-type phocas"};
  std::vector<std::string> arguments{"launch"};
  arguments.insert(arguments.end(), small.begin(), small.end());
  arguments.insert(arguments.end(), line.begin(), line.end());
  const auto ended = zeno_ps(arguments);
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(text_of(folder_.path() / "runs/baseline/config.yaml"), HasSubstr("workers: 4\n"));
  EXPECT_THAT(text_of(folder_.path() / "runs/baseline/config.yaml"), HasSubstr("name: phocas\n"));
}

TEST_F(ZenoPsTest, ThePlumbingIsTested) {
  EXPECT_THAT(cli({"run", "preset:zeno-ps/M0"}).out, MatchesRegex("plumbing: [0-9]+ checks in 5 rounds, 0 mismatches\n"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs"));
  EXPECT_EQ(cli({"run", (root_ / "configs/zeno-ps/M0.yaml").string()}).exit_code, 0) << "the file is the same";
  const auto lying = cli({"run", "preset:zeno-ps/M0", "--json", "--set", "attack={name: negative, scale: 1, workers: [1]}"});
  EXPECT_EQ(lying.exit_code, 1);
  EXPECT_GT(Json::parse(lying.out)["mismatches"].size(), 5u);
  const auto old = zeno_ps({"--", "DMLC_NUM_WORKER=2", "python3", "launch.py", "python3", "test_zenops_worker.py", "--", "test_zenops_validator.py"});
  EXPECT_EQ(old.exit_code, 0) << old.err;
}

/// The page's blocks of code that are for a shell, as one script.
std::string script_of(const std::filesystem::path& page) {
  std::string script;
  bool inside = false;
  for (const std::string& line : lines_of(text_of(page))) {
    if (line.starts_with("```"))
      inside = line == "```sh";
    else if (inside)
      script += line + "\n";
  }
  return script;
}

/// The commands in the page's other blocks of code, each on one line.
std::vector<std::string> commands_of(const std::filesystem::path& page) {
  std::vector<std::string> commands;
  bool inside = false, shell = false, goes_on = false;
  for (std::string line : lines_of(text_of(page))) {
    if (line.starts_with("```")) {
      const bool opens = !inside && !shell;
      shell = opens && line == "```sh";
      inside = opens && !shell;
      continue;
    }
    if (!inside) continue;
    const bool more = line.ends_with("\\");
    if (more) line.pop_back();
    if (goes_on)
      commands.back() += line;
    else
      commands.push_back(line);
    goes_on = more;
  }
  return commands;
}

TEST_F(ZenoPsTest, EveryCommandOfTheWalkThroughsRuns) {
  write_hostfiles(15);
  const auto commands = commands_of("docs/from-zeno-ps.md");
  EXPECT_GE(commands.size(), 11u);
  for (const auto& command : commands) {
    auto words = *original::split_words(command);
    ASSERT_EQ(words[0], "zenops-cli") << command;
    const bool plumbing = command.find("M0") != command.npos;
    // Options go before the old command, or to the end.
    auto at = std::find(words.begin(), words.end(), "--");
    if (!plumbing) words.insert(at, small.begin(), small.end());
    const auto ended = cli({words.begin() + 1, words.end()});
    EXPECT_EQ(ended.exit_code, 0) << command << "\n" << ended.err;
  }
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "runs/neg200_zeno/cifar10-validator-0-cpu-neg200_zeno.log"));
}

TEST_F(ZenoPsTest, EachWalkThroughIsItsPreset) {
  write_hostfiles(15);
  std::string printed;
  for (const auto& command : commands_of("docs/from-zeno-ps.md")) {
    auto words = *original::split_words(command);
    if (words[1] == "zeno-ps") {
      words.insert(std::find(words.begin(), words.end(), "--"), {"--print", "--set", "name=same"});
      const auto ended = cli({words.begin() + 1, words.end()});
      ASSERT_EQ(ended.exit_code, 0) << ended.err;
      printed = ended.out.substr(ended.out.find("\nname: ") + 1);
    } else if (words.size() == 3 && words[2] != "preset:zeno-ps/M0" && words[2] != "preset:zeno-ps/M4") {
      EXPECT_EQ(cli({"check", words[2], "--set", "name=same"}).out, printed) << command;
    }
  }
}

/// What an operator does beside typing: wait until what was started is there. Runs are made small, and the port and the
/// nodes' files are the test's own.
constexpr const char* operators_shell = R"sh(set -e
export XDG_STATE_HOME=$PWD/state
cli=$1 address=127.0.0.1:$2
is_up() { "$cli" status --address $address | grep -Eq "^$1#[0-9]+ +up"; }
zenops-cli() {
  case $1 in
  run) "$cli" "$@" --quiet --set 'data={name: blobs, batch: 16}' --set 'model={name: softmax}' --set train.epochs=30 ;;
  up | join) "$cli" "$@" ;;
  *)
    for role in shard/0 worker/0 worker/1 validator/0; do
      [ "$1" = down ] || timeout 30 bash -c "$(declare -f is_up); cli=$cli address=$address; until is_up $role; do sleep 0.1; done"
    done
    "$cli" "$@" --address $address ;;
  esac
}
trap '"$cli" down --address $address >/dev/null 2>&1 || true' EXIT
)sh";

TEST_F(ZenoPsTest, TheWalkThroughByHandRunsWithOneProcessPerRole) {
  const std::string port = std::to_string(free_port());
  std::string script = script_of("docs/from-zeno-ps.md");
  ASSERT_THAT(script, HasSubstr("kill -9"));
  for (size_t at; (at = script.find("7700")) != script.npos;) script.replace(at, 4, port);
  const auto file = folder_.path() / "by_hand.sh", said = folder_.path() / "said";
  std::ofstream(file) << operators_shell << script;
  const std::string command = "cd " + folder_.path().string() + " && timeout 100 bash by_hand.sh " + ZENOPS_CLI + " " +
                              port + " >" + said.string() + " 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0) << text_of(said);
  for (const char* name : {"M1", "M3", "M5"})
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / ("runs/zeno-ps-" + std::string(name)) / "result.json"))
        << name;
  const std::string output = text_of(said);
  EXPECT_THAT(output, HasSubstr("worker/1#1 lost: it was killed by signal 9 (Killed); starting worker/1#2"));
  EXPECT_THAT(output, HasSubstr("shard/0#1 lost: it was killed by signal 9 (Killed); starting shard/0#2"));
  EXPECT_THAT(output, HasSubstr("the cluster at 127.0.0.1:" + port + " has ended"));
}

TEST_F(ZenoPsTest, PresetsAreListed) {
  EXPECT_THAT(cli({"presets"}).out, HasSubstr("\nzeno-ps/S11 "));
  const auto list = Json::parse(cli({"presets", "--json"}).out);
  EXPECT_EQ(list.size(), 39u + 56);
  EXPECT_EQ(list[0]["config"]["plumbing"], true);
  ASSERT_EQ(cli({"presets", "--write", "mine"}).exit_code, 0);
  EXPECT_EQ(text_of(folder_.path() / "mine/zeno-ps/paper/sync1_negative6_zeno.yaml"), text_of("configs/zeno-ps/paper/sync1_negative6_zeno.yaml"));
  const auto unknown = cli({"check", "preset:zeno-ps/S24x"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("there is no such preset; did you mean \"preset:zeno-ps/S2"));
}

TEST_F(ZenoPsTest, TheSmokeSweepLeavesTablesAndPictures) {
  const auto ended = cli({"sweep", (root_ / "configs/sweeps/zeno_ps_smoke.yaml").string(), "--quiet"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  for (const char* file : {"table.md", "table.csv", "heatmap.svg", "heatmap.png", "curves.svg"})
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / "runs/zeno_ps_smoke" / file)) << file;
}

}  // namespace
}  // namespace zenops
