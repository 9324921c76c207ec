#include "cli/repl/lines.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>

#include "cli/repl/history.hpp"
#include "tests/cli/process.hpp"
#include "tests/cli/repl/theatre.hpp"

namespace zenops::repl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LinesTest : public testing::Test {
 protected:
  LinesTest() { EXPECT_EQ(pipe(ends_), 0); }
  ~LinesTest() override {
    close(ends_[0]);
    type_end();
  }
  void type(const std::string& text) {
    EXPECT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void type_end() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  int ends_[2];
  Signals signals_;
};

TEST_F(LinesTest, CommandsOfAPipeAreRunLineByLineAndKnowTheirLines) {
  Theatre theatre;
  type("set lr 0.1\nask worker/1 Evaluate (version = 3,\n  keep = true)\n\nls nobody\nset lr 0.2");
  type_end();
  PlainLines lines(ends_[0], signals_);
  EXPECT_EQ(theatre.shell.run(lines, "stdin"), 1);
  EXPECT_THAT(theatre.complained(), HasSubstr("stdin:5:1: nobody is called nobody"));
  EXPECT_THAT(theatre.stage.all(), ElementsAre("0: SetLr 0.1", "0: worker/1 Evaluate 3"));
}

TEST_F(LinesTest, TheLastLineNeedsNoEnd) {
  Theatre theatre;
  type("set lr 0.2");
  type_end();
  PlainLines lines(ends_[0], signals_);
  EXPECT_EQ(theatre.shell.run(lines, "stdin"), 0);
  EXPECT_THAT(theatre.stage.all(), ElementsAre("0: SetLr 0.2"));
}

TEST_F(LinesTest, WhatIsOpenAtTheEndIsRefused) {
  Theatre theatre;
  type("ls\ntell worker/1 Held (round =\n");
  type_end();
  PlainLines lines(ends_[0], signals_);
  EXPECT_EQ(theatre.shell.run(lines, "stdin"), 2);
  EXPECT_THAT(theatre.complained(), HasSubstr("stdin:2:20: a \")\" is missing"));
}

TEST_F(LinesTest, InATerminalAnErrorEndsNothing) {
  Theatre typed(true);
  type("atack\nset lr 0.1\nquit\nset lr 0.2\n");
  PlainLines lines(ends_[0], signals_);
  EXPECT_EQ(typed.shell.run(lines, "stdin"), 0);
  EXPECT_THAT(typed.complained(), HasSubstr("did you mean \"attack\"?"));
  EXPECT_THAT(typed.stage.all(), ElementsAre("0: SetLr 0.1"));
}

TEST_F(LinesTest, ASignalWakesWhoWaitsForALine) {
  PlainLines lines(ends_[0], signals_);
  std::string line;
  raise(SIGINT);
  EXPECT_EQ(lines.next(line, false), Lines::End::interrupted);
  raise(SIGHUP);
  EXPECT_EQ(lines.next(line, false), Lines::End::over);
  EXPECT_EQ(signals_.must_leave(), 129);
}

TEST(HistoryFileTest, ShellsAddToOneFile) {
  TemporaryFolder folder;
  const HistoryFile one(folder.path() / "a/history"), other(folder.path() / "a/history");
  EXPECT_TRUE(one.load().empty());
  one.add("ls");
  other.add("ask a Add (by = 3,\nto = 4)");
  one.add("quit");
  EXPECT_THAT(other.load(), ElementsAre("ls", "ask a Add (by = 3, to = 4)", "quit"));
}

TEST(HistoryFileTest, IsCutWhenItIsLong) {
  TemporaryFolder folder;
  const HistoryFile history(folder.path() / "history");
  for (int k = 0; k < 2001; ++k) history.add("step " + std::to_string(k));
  EXPECT_EQ(history.load().size(), 1000u);
  EXPECT_EQ(history.load().back(), "step 2000");
  EXPECT_EQ(lines_of(text_of(folder.path() / "history")).size(), 1000u);
}

TEST(HistoryFileTest, WithoutAPlaceForItNothingIsRemembered) {
  HistoryFile({}).add("ls");
  EXPECT_TRUE(HistoryFile({}).load().empty());
  HistoryFile("/proc/nowhere/history").add("ls");
}

}  // namespace
}  // namespace zenops::repl
