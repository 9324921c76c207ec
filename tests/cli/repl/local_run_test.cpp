// A shell with a run of its own: real training, the run's files, recorded sessions.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/expected.hpp"
#include "tests/cli/daemons.hpp"
#include "tests/cli/process.hpp"

namespace zenops::repl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using Json = nlohmann::json;

class LocalRunTest : public testing::Test {
 protected:
  std::vector<std::string> words(const std::string& command, const std::string& name, const std::vector<std::string>& more) const {
    std::vector<std::string> out{command, (root_ / "configs" / "blobs_zeno.yaml").string(), "--set", "name=" + name};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  Ended shell(const std::string& name, const std::string& commands, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"-c", commands});
    return zenops_cli(folder_.path(), words("repl", name, more));
  }
  std::string read(const std::string& run, const std::string& file) const {
    std::ifstream in(folder_.path() / "runs" / run / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string bits(const std::string& run) const { return Json::parse(read(run, "result.json"))["sha256"]; }
  std::vector<std::string> notes(const std::string& run, size_t round) const {
    return Json::parse(lines_of(read(run, "metrics.jsonl")).at(round - 1))["notes"];
  }

  TemporaryFolder folder_;
  const std::filesystem::path root_ = std::filesystem::current_path();
};

TEST_F(LocalRunTest, ARunOfTheShellsOwnStandsBeforeItsFirstRound) {
  const Ended ended = shell("a", "survey --json; ls worker/* --json");
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto lines = lines_of(ended.out);
  EXPECT_EQ(Json::parse(lines.at(0))["phase"], "ready");
  EXPECT_EQ(Json::parse(lines.at(0))["round"], 0);
  EXPECT_EQ(Json::parse(lines.at(1))["name"], "worker/0");
  EXPECT_EQ(Json::parse(lines.at(1))["state"], "up");
  EXPECT_THAT(ended.err, HasSubstr("the run ends here"));
  EXPECT_EQ(Json::parse(read("a", "result.json"))["rounds"], 0);
}

TEST_F(LocalRunTest, ARunInStepsHasTheBitsOfOneThatNobodyLookedAt) {
  ASSERT_EQ(zenops_cli(folder_.path(), words("run", "alone", {"--quiet"})).exit_code, 0);
  const Ended ended = shell("steps", "step; ls; score; pause; step 7; inspect worker/0; until 20; plot loss; resume");
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(bits("steps"), bits("alone"));
  EXPECT_EQ(lines_of(read("steps", "metrics.jsonl")).size(), 30u);
}

TEST_F(LocalRunTest, OrdersStandInTheRunsFiles) {
  const Ended ended = shell("o", "step 2; attack worker/6 nan; set lr 0.02; rule phocas f=2; evict worker/5 because \"I saw it\"; step; score --json");
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(notes("o", 2), ElementsAre());
  const auto third = notes("o", 3);
  EXPECT_THAT(third, testing::IsSupersetOf({"operator: worker/6 attacks nan", "operator: the learning rate is 0.02", "operator: the rule is phocas f=2",
                                            "operator: worker/5 is evicted: I saw it"}));
  const Json evidence = Json::parse(lines_of(read("o", "evidence.jsonl")).at(0));
  EXPECT_EQ(evidence["rule"], "operator");
  EXPECT_THAT(ended.out, HasSubstr("worker/5#2 takes its place\n"));
  EXPECT_THAT(ended.out, HasSubstr("\"state\":\"not finite\""));
}

TEST_F(LocalRunTest, ARecordedSessionGivesTheSameBitsThoughItsOrdersCameWhileItTrained) {
  ASSERT_EQ(shell("first", "record s.zen; resume; attack worker/6 negative scale=3; set lr 0.02; rule trimmed_mean f=2; evict worker/0 because \"so\"").exit_code, 0);
  const Ended again = zenops_cli(folder_.path(), words("repl", "second", {"--script", "s.zen"}));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(bits("second"), bits("first"));
  ASSERT_EQ(zenops_cli(folder_.path(), words("run", "other", {"--quiet"})).exit_code, 0);
  EXPECT_NE(bits("other"), bits("first"));
}

TEST_F(LocalRunTest, TheSameSessionInProcessesHasTheSameBits) {
  const std::string session = "step 2; attack worker/6 negative scale=3; rule phocas f=2; evict worker/1 because \"so\"; step 3; resume";
  ASSERT_EQ(shell("threads", session).exit_code, 0);
  const Ended apart = shell("processes", session, {"--set", "cluster.isolation=process"});
  ASSERT_EQ(apart.exit_code, 0) << apart.err;
  EXPECT_EQ(bits("processes"), bits("threads"));
}

TEST_F(LocalRunTest, WhoHasDiedSaysWhenAndOfWhat) {
  const Ended ended = shell("dead", "kill worker/3; inspect worker/3", {"--set", "cluster.restarts=0"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, MatchesRegex("(.|\n)*-c:1:16: .*worker/3.*; its last life ended at [0-9:]+: killed by the operator; it is given up\n(.|\n)*"));
}

TEST_F(LocalRunTest, WhatCannotBeOrderedSaysWhyAndChangesNothing) {
  ASSERT_EQ(zenops_cli(folder_.path(), words("run", "alone", {"--quiet"})).exit_code, 0);
  for (const char* wrong : {"attack worker/99 nan", "set lr nan", "rule krum f=9", "readmit worker/1", "evict worker/99 because \"x\""}) {
    const Ended ended = shell("wrong", std::string("step 2; ") + wrong);
    EXPECT_NE(ended.exit_code, 0) << wrong;
    EXPECT_THAT(ended.err, HasSubstr("zenops-cli: -c:1:")) << wrong;
  }
  EXPECT_THAT(shell("wrong", "rule krum f=9").err, HasSubstr("krum needs"));
  EXPECT_THAT(shell("wrong", "attack worker/99 nan").err, HasSubstr("worker/0 to worker/6"));
}

TEST_F(LocalRunTest, AWorkerThatIsCutOffIsAbsentUntilTheCutHeals) {
  const Ended ended =
      shell("cut", "partition worker/2 | shard/*; step; score --json; heal; step 3; score --json", {"--set", "cluster.deadline=3"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  std::vector<std::string> states;
  for (const auto& line : lines_of(ended.out))
    if (line.starts_with("{\"worker\":2,")) states.push_back(Json::parse(line)["state"]);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0], "absent");
  EXPECT_EQ(states[1], "answered");
}

TEST_F(LocalRunTest, LeavingARunWhoseSchedulerIsFrozenEndsIt) {
  const Ended ended = shell("frozen", "step 2; freeze scheduler");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(Json::parse(read("frozen", "result.json"))["rounds"], 2);
}

TEST_F(LocalRunTest, AfterItsLastRoundARunIsStillSpokenOf) {
  for (int k = 0; k < 5; ++k) {
    const Ended ended = shell("end", "until 30; survey; score; plot loss");
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(ended.err, testing::Not(HasSubstr("before its last round")));
  }
}

TEST_F(LocalRunTest, AMistypedCommandAnywhereIsFoundBeforeARunBegins) {
  const Ended ended = zenops_cli(folder_.path(), words("repl", "none", {"-c", "step 1", "-c", "stpe 1"}));
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("-c#2:1:1: unknown command \"stpe\"; did you mean \"step\"?"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs" / "none"));
}

TEST_F(LocalRunTest, OrdersBeforeASaveAreInTheRunThatGoesOnFromIt) {
  const std::string orders = "step 5; set lr 0.01; attack worker/5 negative scale=7; rule median; ";
  ASSERT_EQ(shell("whole", orders + "resume").exit_code, 0);
  ASSERT_EQ(shell("part", orders + "save; quit").exit_code, 0);
  ASSERT_EQ(zenops_cli(folder_.path(), {"run", "--resume", "runs/part", "--quiet"}).exit_code, 0);
  EXPECT_EQ(bits("part"), bits("whole"));
}

TEST_F(LocalRunTest, AnEvictionInAPausedAsynchronousRunIsOrderedForTheNextRound) {
  const Ended ended = zenops_cli(folder_.path(), {"repl", (root_ / "configs" / "blobs_zenopp.yaml").string(), "-c",
                                                  "step 2; evict worker/3 because \"x\"; step; score --json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("from round 3 on\n"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("\"worker\":3,[^\n]*\"evictions\":1"));
}

TEST_F(LocalRunTest, WhatAScriptPrintsIsWhatItAskedFor) {
  const Ended ended = shell("json", "step 2 --json; evict worker/3 because \"x\"; score --json; kill worker/1; step --json");
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  for (const auto& line : lines_of(ended.out))
    EXPECT_TRUE(Json::accept(line) || line.starts_with("from round ") || line.ends_with(" takes its place")) << line;
  EXPECT_THAT(ended.err, HasSubstr("worker/1#1 lost: killed by the operator"));
}

TEST_F(LocalRunTest, AnOrderInTheActorsOwnWordsIsRecordedLikeOne) {
  ASSERT_EQ(shell("asked", "record a.zen; resume; ask scheduler SetLr (lr = 0.2)").exit_code, 0);
  ASSERT_EQ(zenops_cli(folder_.path(), words("repl", "again", {"--script", "a.zen"})).exit_code, 0);
  EXPECT_EQ(bits("again"), bits("asked"));
}

TEST_F(LocalRunTest, ItsInputMayBeClosed) {
  const Ended ended = zenops_cli(folder_.path(), words("repl", "closed", {}), "exec <&-");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST_F(LocalRunTest, ARecordingThatCannotBeWrittenIsNone) {
  const Ended ended = shell("r", "record /nonexistent/x");
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("/nonexistent/x"));
  const Ended twice = shell("r", "record a.zen; record b.zen");
  EXPECT_THAT(twice.err, HasSubstr("a.zen is being written: found b.zen"));
}

TEST_F(LocalRunTest, TwoShellsAtOneRunDoNotFight) {
  const std::string port = std::to_string(free_port()), address = "127.0.0.1:" + port;
  Process head(folder_.path(), {"up", "--head", "--port", port, "--state", (folder_.path() / "state").string(), "--name", "a"});
  const auto visit = [&](const std::string& commands) { return zenops_cli(folder_.path(), {"repl", "--address", address, "-c", commands}); };
  ASSERT_TRUE(eventually([&] { return visit("nodes").exit_code == 0; })) << head.err();
  Process run(folder_.path(), words("run", "far", {"--quiet", "--address", address, "--set", "train.rounds=400"}));
  ASSERT_TRUE(eventually([&] { return visit("survey").exit_code == 0; })) << run.err();
  EXPECT_EQ(visit("pause").exit_code, 0);
  Process other(folder_.path(), {"repl", "--address", address, "-c", "step 5; attack worker/1 nan; step 5"});
  const Ended mine = visit("step 3; attack worker/2 nan; step 3; survey --json");
  EXPECT_EQ(mine.exit_code, 0) << mine.err;
  const Ended theirs = other.wait();
  EXPECT_EQ(theirs.exit_code, 0) << theirs.err;
  const Json standing = Json::parse(lines_of(visit("survey --json").out).at(0));
  EXPECT_EQ(standing["phase"], "paused");
  EXPECT_EQ(standing["orders"].size(), 2u) << standing.dump();
  EXPECT_EQ(visit("set lr 0.04; resume").exit_code, 0);
  EXPECT_EQ(run.wait().exit_code, 0);
  head.signal(SIGTERM);
}

}  // namespace
}  // namespace zenops::repl
