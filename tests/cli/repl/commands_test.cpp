#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/output_file.hpp"
#include "tests/cli/process.hpp"
#include "tests/cli/repl/theatre.hpp"

namespace zenops::repl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using testing::IsEmpty;
using testing::Not;

using Json = nlohmann::json;

class CommandsTest : public testing::Test {
 protected:
  /// Runs what must succeed; what it printed.
  std::string done(const std::string& text) {
    const int code = theatre.run(text);
    EXPECT_EQ(code, 0) << text << ": " << theatre.complained();
    return theatre.printed();
  }
  /// Runs what must fail; what it complained of.
  std::string failed(const std::string& text, int code) {
    EXPECT_EQ(theatre.run(text), code) << text;
    return theatre.complained();
  }
  Theatre theatre;
};

TEST_F(CommandsTest, LsTellsWhoLivesWhereAndHowTheLastLifeEnded) {
  EXPECT_THAT(done("ls"),
              AllOf(HasSubstr("head#1"), HasSubstr("scheduler#1"), HasSubstr("worker/2#1"), HasSubstr("attic")));
  EXPECT_THAT(done("ls worker/*"), AllOf(HasSubstr("worker/0#1"), Not(HasSubstr("scheduler"))));
  done("restart worker/1");
  EXPECT_THAT(done("ls worker/1"), AllOf(HasSubstr("worker/1#2"), HasSubstr("killed by the operator")));
  EXPECT_THAT(failed("ls worker/9", 1), HasSubstr("test.zen:1:1: nobody is called worker/9"));
}

TEST_F(CommandsTest, JsonIsAnObjectOnEachLine) {
  const auto lines = lines_of(done("ls --json worker/*"));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(Json::parse(lines[1])["name"], "worker/1");
  EXPECT_EQ(Json::parse(done("nodes --json"))["name"], "attic");
  EXPECT_EQ(Json::parse(done("step 5 --json"))["round"], 5);
  EXPECT_EQ(Json::parse(lines_of(done("score --json"))[2])["attack"], "negative scale=200");
  EXPECT_EQ(Json::parse(lines_of(done("score --json"))[1])["loss"], nullptr);
  EXPECT_EQ(Json::parse(done("inspect worker/0 --json"))["handled"].is_number(), true);
  EXPECT_EQ(Json::parse(done("ask worker/0 Evaluate (version = 3) --json"))["answer"], "Held (round = 4)");
  EXPECT_EQ(Json::parse(done("survey --json"))["rule"], "phocas f=3");
}

TEST_F(CommandsTest, AskAndTellSpeakAnActorsOwnMessages) {
  EXPECT_EQ(done("ask worker/1 Evaluate (version = 3,\n score = true)"), "Held (round = 4)\n");
  EXPECT_THAT(done("ask worker/* Evaluate"),
              AllOf(HasSubstr("worker/0: Held (round = 1)"), HasSubstr("worker/2: Held (round = 1)")));
  done("tell worker/2 Held (round = 9); ask worker/2 Evaluate");  // the answer comes after what was told before
  EXPECT_THAT(theatre.stage.all(), testing::Contains("0: worker/2 Held 9"));
  EXPECT_THAT(failed("ask worker/1 Evaluat", 1), HasSubstr("Evaluat"));
  EXPECT_THAT(failed("ask worker/1 Evaluate (colour = 3)", 1), HasSubstr("test.zen:1:1: "));
  EXPECT_THAT(failed("ask worker/1 Evaluate 3", 2), HasSubstr("test.zen:1:23: expected fields in parentheses"));
  EXPECT_THAT(failed("ask worker/7 Evaluate", 1), HasSubstr("worker/7"));
}

TEST_F(CommandsTest, InspectTellsWhatAnActorAnswersTo) {
  EXPECT_THAT(done("inspect worker/0"),
              AllOf(HasSubstr("worker/0#1"), HasSubstr("Evaluate (version"), HasSubstr("operator")));
}

TEST_F(CommandsTest, AFrozenActorIsSaidToBeUntilItIsThawed) {
  done("freeze worker/*");
  EXPECT_THAT(done("inspect worker/2"), HasSubstr("frozen"));
  done("thaw worker/2");
  EXPECT_THAT(done("inspect worker/2"), Not(HasSubstr("frozen")));
  EXPECT_THAT(done("inspect worker/1"), HasSubstr("frozen"));
}

TEST_F(CommandsTest, AFrozenSchedulerCanBeThawed) {
  done("freeze scheduler; thaw scheduler");
  EXPECT_THAT(done("survey"), HasSubstr("ready"));
}

TEST_F(CommandsTest, RestartWaitsForTheNextLife) {
  EXPECT_EQ(done("restart worker/1"), "worker/1#2 lives\n");
  EXPECT_THAT(failed("restart worker/9", 1), HasSubstr("nobody is called worker/9"));
}

TEST_F(CommandsTest, KillingThoseOfAPatternTriesAll) {
  done("kill worker/*");
  EXPECT_THAT(theatre.stage.all(),
              ElementsAre("0: KillActor worker/0", "0: KillActor worker/1", "0: KillActor worker/2"));
}

TEST_F(CommandsTest, AttackTellsTheSchedulerWhoLiesHow) {
  EXPECT_EQ(done("attack worker/2 negative scale=200"), "from round 1 on\n");
  done("attack worker/1 negative rate=0.5; attack worker/* none");
  EXPECT_THAT(theatre.stage.all(),
              ElementsAre("0: SetAttack 2 negative scale=200 rate=1", "0: SetAttack 1 negative rate=0.5",
                          "0: SetAttack 0 none rate=0", "0: SetAttack 1 none rate=0", "0: SetAttack 2 none rate=0"));
}

TEST_F(CommandsTest, WhatIsMistypedInAnAttackOrARuleIsSaidAndNothingSent) {
  EXPECT_THAT(failed("attack worker/2 negativ", 2),
              HasSubstr("test.zen:1:17: unknown attack \"negativ\"; did you mean \"negative\"?"));
  EXPECT_THAT(failed("attack worker/2 negative scal=2", 2),
              HasSubstr("unknown setting of negative \"scal\"; did you mean \"scale\"?"));
  EXPECT_THAT(failed("attack worker/2 negative scale=many", 2), HasSubstr("scale: expected a number"));
  EXPECT_THAT(failed("attack worker/2 negative rate=2", 2), HasSubstr("rate: expected"));
  EXPECT_THAT(failed("attack worker/2 negative start=0", 2), HasSubstr("start: expected an integer"));
  EXPECT_THAT(failed("attack worker/2 negative scale=1 scale=2", 2), HasSubstr("scale is given twice"));
  EXPECT_THAT(failed("attack shard/2 negative", 2), HasSubstr("expected a worker, like worker/3, found \"shard/2\""));
  EXPECT_THAT(failed("rule phokas f=3", 2), HasSubstr("unknown rule \"phokas\"; did you mean \"phocas\"?"));
  EXPECT_THAT(failed("rule nnm", 2), HasSubstr("\"nnm\" stands before a rule"));
  EXPECT_THAT(failed("rule phocas f=3 + average", 2), HasSubstr("\"phocas\" is a rule"));
  EXPECT_THAT(failed("rule phocas f=1.5", 2), HasSubstr("f: expected an integer"));
  EXPECT_THAT(failed("set lr fast", 2), HasSubstr("lr: expected a learning rate"));
  EXPECT_THAT(failed("set lr -1", 2), HasSubstr("lr: expected a learning rate"));
  EXPECT_THAT(failed("set l 1", 2), HasSubstr("did you mean \"lr\"?"));
  EXPECT_THAT(theatre.stage.all(), IsEmpty());
}

TEST_F(CommandsTest, OrdersGoToTheScheduler) {
  done("rule phocas f=3; rule nnm + trimmed_mean f=2; set lr 0.05; readmit worker/1");
  done("evict worker/2 because \"it \\\"lies\\\"\"");
  EXPECT_THAT(theatre.stage.all(), ElementsAre("0: SetRule phocas f=3", "0: SetRule nnm + trimmed_mean f=2",
                                               "0: SetLr 0.05", "0: ReadmitWorker 1", "0: EvictWorker 2: it \"lies\""));
  theatre.stage.refusal = "phocas needs n > 2f = 40, got n = 3";
  EXPECT_THAT(failed("ls head\n rule phocas f=20", 1), HasSubstr("test.zen:2:2: phocas needs n > 2f = 40, got n = 3"));
}

TEST_F(CommandsTest, StepsAreAnsweredWhenTheyAreDone) {
  EXPECT_THAT(done("step"), HasSubstr("round 1 of 60, paused: loss 2.0000\n"));
  EXPECT_THAT(done("until 20"), HasSubstr("round 20 of 60, paused: loss 0.1000, accuracy 0.5950\n"));
  EXPECT_THAT(done("resume; pause"), HasSubstr("training"));
  EXPECT_THAT(theatre.stage.all(), ElementsAre("0: Step 1 0", "1: Step 0 20", "20: Resume", "20: Pause"));
}

TEST_F(CommandsTest, ScoreIsATableOfWorkers) {
  const auto lines = lines_of(done("score"));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[3], AllOf(HasSubstr("worker/2#1"), HasSubstr("warned"), HasSubstr("102"), HasSubstr("14"),
                              HasSubstr("negative scale=200")));
}

TEST_F(CommandsTest, PlotDrawsWhatTheRunHasReported) {
  EXPECT_EQ(done("plot loss"), "loss: nothing to show yet\n");
  done("step 30");
  EXPECT_THAT(done("plot loss"), AllOf(HasSubstr("loss\n"), HasSubstr("⣀")));
  EXPECT_THAT(done("plot accuracy"), AllOf(HasSubstr("0.645"), HasSubstr("30")));
  EXPECT_THAT(failed("plot acuracy", 2), HasSubstr("did you mean \"accuracy\"?"));
}

TEST_F(CommandsTest, PartitionHasTwoSides) {
  done("partition worker/0 worker/1 | shard/* head; heal");
  EXPECT_THAT(theatre.stage.all(), ElementsAre("0: Sever worker/0 worker/1 | shard/ head", "0: Heal"));
  EXPECT_THAT(failed("partition worker/0 |", 2), HasSubstr("both sides"));
  EXPECT_THAT(failed("partition a | b | c", 2), HasSubstr("two sides"));
}

TEST_F(CommandsTest, SpawnSaysWhatWhereAndHowOften) {
  done("spawn counter counter/0 near worker/1 restart 5");
  ASSERT_EQ(theatre.connection.spawned.size(), 1u);
  const SpawnOrder& order = theatre.connection.spawned[0];
  EXPECT_EQ(order.type, "counter");
  EXPECT_EQ(order.name, "counter/0");
  EXPECT_EQ(order.near, "worker/1");
  EXPECT_EQ(order.restarts, 5u);
  EXPECT_THAT(failed("spawn counter c on a spread", 2), HasSubstr("a place is given already"));
  EXPECT_THAT(failed("spawn counter c here", 2), HasSubstr("expected on, near, spread or restart, found \"here\""));
}

TEST_F(CommandsTest, ScaleIsRefusedWithWhatCanBeDone) {
  EXPECT_THAT(failed("scale workers 20", 1), AllOf(HasSubstr("cluster.workers"), HasSubstr("test.zen:1:1")));
}

TEST_F(CommandsTest, WatchInAScriptTellsWhatHappenedWhileTheNextCommandWasAtWork) {
  EXPECT_THAT(lines_of(done("watch worker/*; restart worker/1; restart worker/2")),
              UnorderedElementsAre("worker/1#2 lives", "worker/1#1 down: killed by the operator", "worker/1#2 up", "worker/2#2 lives"));
}

TEST_F(CommandsTest, WatchForATimeEnds) {
  EXPECT_EQ(done("watch worker/* for 0s"), "");
  EXPECT_THAT(failed("watch worker/* for ever", 2), HasSubstr("expected a time"));
}

TEST_F(CommandsTest, WatchInATerminalEndsWithCtrlC) {
  Theatre typed(true);
  typed.attention.interrupt();
  EXPECT_EQ(typed.run("watch worker/*"), 130);
}

TEST_F(CommandsTest, AMistypedCommandIsFoundBeforeAnythingHasHappened) {
  EXPECT_EQ(failed("kill worker/0\natack worker/3 none", 2),
            "zenops-cli: test.zen:2:1: unknown command \"atack\"; did you mean \"attack\"?\n");
  EXPECT_THAT(theatre.stage.all(), IsEmpty());
}

TEST_F(CommandsTest, AfterACommandThatFailedNoneIsRun) {
  EXPECT_THAT(failed("kill worker/0; ls nobody; kill worker/1", 1),
              HasSubstr("test.zen:1:16: nobody is called nobody"));
  EXPECT_THAT(theatre.stage.all(), ElementsAre("0: KillActor worker/0"));
}

TEST_F(CommandsTest, UsageErrorsSayWhatWasFoundAndWhatWasExpected) {
  EXPECT_EQ(failed("kill", 2),
            "zenops-cli: test.zen:1:1: expected an actor's name after \"kill\"; usage: kill NAME|worker/*\n");
  EXPECT_EQ(failed("heal worker/3", 2), "zenops-cli: test.zen:1:6: unexpected \"worker/3\"; usage: heal\n");
  EXPECT_THAT(failed("step five", 2), HasSubstr("expected a number of rounds, found \"five\""));
  EXPECT_THAT(failed("heal --json", 2), HasSubstr("unexpected \"--json\""));
}

TEST_F(CommandsTest, EveryCommandIsInHelpWithAnExampleThatIsOne) {
  const std::string help = done("help");
  for (const auto& command : theatre.session.commands()) {
    EXPECT_THAT(help, HasSubstr(command.name + " "));
    EXPECT_FALSE(command.sentence.empty()) << command.name;
    EXPECT_TRUE(command.usage.starts_with(command.name)) << command.name;
    EXPECT_EQ(command.json, command.usage.find("--json") != std::string::npos) << command.name;
    EXPECT_EQ(Script::parse(command.example, "s").statements.at(0).words[0].text, command.name);
    EXPECT_THAT(done("help " + command.name), HasSubstr("example: " + command.example));
  }
  EXPECT_THAT(failed("help atack", 2), HasSubstr("did you mean \"attack\"?"));
}

TEST_F(CommandsTest, ASourcedScriptIsNamedWhereItFails) {
  TemporaryFolder folder;
  const std::string file = (folder.path() / "a.zen").string();
  OutputFile::replace(file, "step\n\n  ls nobody\n");
  EXPECT_THAT(failed("source " + file, 1), HasSubstr(file + ":3:3: nobody is called nobody"));
  EXPECT_THAT(failed("source " + file + "x", 2), HasSubstr("a.zenx: cannot be read: No such file"));
  OutputFile::replace(file, "source " + file + "\n");
  EXPECT_THAT(failed("source " + file, 2), HasSubstr("does one run itself?"));
}

TEST_F(CommandsTest, CtrlCEndsTheCommandAndTheScript) {
  theatre.attention.interrupt();
  EXPECT_EQ(theatre.run("watch head for 600s; kill worker/0"), 130);
  EXPECT_THAT(theatre.stage.all(), IsEmpty());
}

TEST_F(CommandsTest, AShellWhoseTerminalIsGoneLeaves) {
  theatre.attention.leave(129);
  EXPECT_EQ(theatre.run("watch head for 600s; kill worker/0"), 129);
  EXPECT_TRUE(theatre.shell.left());
  EXPECT_THAT(theatre.stage.all(), IsEmpty());
}

TEST_F(CommandsTest, AShellThatNobodyReadsLeaves) {
  theatre.out.setstate(std::ios::failbit);
  EXPECT_EQ(theatre.run("ls; kill worker/0"), UserError::cannot_write);
  EXPECT_THAT(theatre.stage.all(), IsEmpty());
}

TEST_F(CommandsTest, QuitLeavesTheRestUndone) {
  EXPECT_EQ(theatre.run("quit; kill worker/0"), 0);
  EXPECT_TRUE(theatre.shell.left());
  EXPECT_THAT(theatre.stage.all(), IsEmpty());
}

TEST_F(CommandsTest, QuitInATerminalAsksOnceWhenItEndsARun) {
  Theatre typed(true);
  typed.connection.own = true;
  EXPECT_EQ(typed.run("quit"), 0);
  EXPECT_FALSE(typed.shell.left());
  EXPECT_THAT(typed.printed(), HasSubstr("Once more"));
  typed.run("survey; quit");  // not once more in a row
  EXPECT_FALSE(typed.shell.left());
  typed.run("quit");
  EXPECT_TRUE(typed.shell.left());
}

TEST_F(CommandsTest, ARunThatHasEndedSaysSo) {
  done("until 60");
  theatre.connection.end = "the run has ended after 60 rounds";
  EXPECT_THAT(done("score"), HasSubstr("worker/2#1"));  // how it ended is known
  EXPECT_THAT(failed("set lr 0.1", 1), HasSubstr("the run has ended after 60 rounds"));
}

TEST_F(CommandsTest, WhatTheConnectionHasToTellIsPrinted) {
  theatre.connection.lines = {"worker/1#1 lost: it fell"};
  EXPECT_THAT(done("set lr 0.1"), HasSubstr("worker/1#1 lost: it fell\n"));
}

TEST_F(CommandsTest, LeavingSaysWhatItLeaves) {
  theatre.connection.farewell = {.words = "run: runs/demo\n", .stopped_after = 7};
  EXPECT_EQ(theatre.shell.leave(0), 0);
  EXPECT_EQ(theatre.complained(), "run: runs/demo\n") << "what a script prints is what it asked for";
  theatre.connection.farewell = {.words = {}, .stopped_after = {}, .exit_code = 1};
  EXPECT_EQ(theatre.shell.leave(0), 1);
  EXPECT_EQ(theatre.shell.leave(130), 130);
}

TEST_F(CommandsTest, AScriptThatIsOverWaitsForItsOwnRunThatTrains) {
  theatre.connection.own = true;
  done("resume");
  theatre.connection.rounds_left = 5;
  EXPECT_EQ(theatre.shell.leave(0), 0);
  EXPECT_TRUE(theatre.connection.end.has_value());
  EXPECT_THAT(theatre.complained(), IsEmpty());
}

TEST_F(CommandsTest, NobodyWaitsForARunThatIsPausedOrAfterQuitOrAnError) {
  theatre.connection.own = true;
  done("step 3");
  EXPECT_EQ(theatre.shell.leave(0), 0);  // a run that stands would be waited for in vain
  done("resume");
  EXPECT_EQ(theatre.shell.leave(1), 1);
  done("quit");
  EXPECT_EQ(theatre.shell.leave(0), 0);
  EXPECT_THAT(theatre.complained(), HasSubstr("the run ends after this round"));
}

TEST_F(CommandsTest, CtrlCEndsAlsoTheWaitingForTheRunsEnd) {
  theatre.connection.own = true;
  done("resume");
  theatre.attention.interrupt();
  EXPECT_EQ(theatre.shell.leave(0), 130);
}

/// Everything that was said to one theatre, in the rounds in which it was heard.
TEST_F(CommandsTest, ARecordedSessionSaysTheSameInTheSameRounds) {
  TemporaryFolder folder;
  const std::string file = (folder.path() / "session.zen").string();
  theatre.stage.restless = true;  // each order finds the run two rounds further
  done("step 3; set lr 0.1; attack worker/1 negative scale=200; record " + file +
       "; rule phocas f=1; score; kill worker/1; freeze worker/0");
  done("evict worker/2 because \"two \\\"words\\\"\"; attack worker/* negative");
  theatre.shell.leave(0);

  Theatre again;
  EXPECT_EQ(again.run("source " + file), 0) << again.complained() << text_of(file);
  const auto orders = [](Stage& stage) {
    auto all = stage.all();
    std::erase_if(all, [](const auto& what) {
      return what.find("Step") != std::string::npos || what.find("Resume") != std::string::npos;
    });
    return all;
  };
  EXPECT_EQ(orders(again.stage), orders(theatre.stage)) << text_of(file);
  EXPECT_EQ(again.stage.all().back().substr(again.stage.all().back().find(' ')), " Resume");
}

TEST_F(CommandsTest, WhatFailedOrOnlyLookedIsNotRecorded) {
  theatre.stage.refusal = "no";
  failed("set lr 0.1", 1);
  done("ls; score; survey; plot loss; inspect worker/0; help");
  EXPECT_EQ(theatre.session.recording().text(), "resume\n");
}

}  // namespace
}  // namespace zenops::repl
