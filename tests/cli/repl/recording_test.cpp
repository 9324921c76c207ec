#include "cli/repl/recording.hpp"

#include <gtest/gtest.h>

#include "base/expected.hpp"
#include "tests/cli/process.hpp"

namespace zenops::repl {
namespace {

TEST(RecordingTest, AnOrderComesAfterTheRoundBeforeTheOneFromWhichItCounts) {
  Recording recording;
  recording.order(1, "set lr 0.1");
  recording.order(1, "attack worker/3 zero");
  recording.order(6, "rule phocas f=3");
  recording.order(6, "set lr 0.2");
  EXPECT_EQ(recording.text(), "set lr 0.1\nattack worker/3 zero\nuntil 5\nrule phocas f=3\nset lr 0.2\nresume\n");
}

TEST(RecordingTest, WhatBelongsToNoRoundComesWhereItWasSaidAndSaysSoWhenTheRunWentOn) {
  Recording recording;
  recording.at(0, false, "freeze worker/1");
  recording.at(7, true, "kill worker/3");
  EXPECT_EQ(recording.text(), "freeze worker/1\nuntil 7\n# said while round 8 was under way:\nkill worker/3\nresume\n");
}

TEST(RecordingTest, ARunThatWasStoppedIsStoppedThereAgain) {
  Recording recording;
  recording.order(3, "set lr 0.1");
  recording.close(9);
  EXPECT_EQ(recording.text(), "until 2\nset lr 0.1\nuntil 9\n");
}

TEST(RecordingTest, AFileHasWhatWasSaidSoFarAndIsAWholeScriptAfterEachCommand) {
  TemporaryFolder folder;
  const auto all = folder.path() / "all.zen", rest = folder.path() / "rest.zen";
  Recording recording;
  recording.order(1, "set lr 0.1");
  recording.write_to(all, false);
  EXPECT_EQ(text_of(all), "set lr 0.1\nresume\n");
  recording.order(2, "set lr 0.2");
  EXPECT_EQ(text_of(all), "set lr 0.1\nuntil 1\nset lr 0.2\nresume\n");
  EXPECT_THROW(recording.write_to(rest, true), UserError) << "there is one already";

  Recording late;
  late.order(1, "set lr 0.1");
  EXPECT_THROW(late.write_to(folder.path() / "nowhere" / "a.zen", false), UserError);
  late.write_to(rest, true);
  EXPECT_EQ(text_of(rest), "resume\n");
  late.order(2, "set lr 0.2");
  EXPECT_EQ(text_of(rest), "until 1\nset lr 0.2\nresume\n");
}

}  // namespace
}  // namespace zenops::repl
