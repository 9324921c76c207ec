#include "cli/repl/completion.hpp"

#include <gmock/gmock.h>

#include "tests/cli/repl/theatre.hpp"

namespace zenops::repl {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class CompletionTest : public testing::Test {
 protected:
  std::vector<std::string> of(const std::string& line) { return complete(theatre.session, line).candidates; }
  Theatre theatre{true};
};

TEST_F(CompletionTest, TheFirstWordIsACommand) {
  EXPECT_THAT(of("re"), ElementsAre("readmit", "record", "restart", "resume"));
  EXPECT_THAT(of("step; att"), ElementsAre("attack"));
  EXPECT_THAT(of("zz"), IsEmpty());
}

TEST_F(CompletionTest, NamesComeFromTheHead) {
  EXPECT_THAT(of("kill wor"), ElementsAre("worker/0", "worker/1", "worker/2"));
  EXPECT_THAT(of("attack "), ElementsAre("worker/0", "worker/1", "worker/2", "worker/*"));
  EXPECT_THAT(of("spawn counter c/0 on "), ElementsAre("attic"));
}

TEST_F(CompletionTest, MessagesAndFieldsComeFromTheActor) {
  EXPECT_THAT(of("ask worker/1 E"), ElementsAre("Evaluate"));
  EXPECT_THAT(of("ask worker/1 Evaluate (ver"), ElementsAre("version = "));
  EXPECT_THAT(of("ask worker/1 Evaluate (version = 3, k"), ElementsAre("keep = "));
}

TEST_F(CompletionTest, AttacksRulesAndSettingsComeFromTheCatalogue) {
  EXPECT_THAT(of("attack worker/1 ne"), ElementsAre("negative"));
  EXPECT_THAT(of("attack worker/1 negative "), testing::IsSupersetOf({"scale=", "rate=", "start="}));
  EXPECT_THAT(of("rule nn"), Contains("nnm"));
  EXPECT_THAT(of("rule nnm + tri"), Contains("trimmed_mean"));
  EXPECT_THAT(of("rule nnm + trimmed_mean "), Contains("f="));
  EXPECT_THAT(of("plot a"), ElementsAre("accuracy"));
  EXPECT_THAT(of("help plo"), ElementsAre("plot"));
  EXPECT_THAT(of("ls --"), ElementsAre("--json"));
}

TEST_F(CompletionTest, WhatAllCandidatesHaveInCommonIsTyped) {
  EXPECT_EQ(complete(theatre.session, "kill w").common(), "orker/");
  EXPECT_EQ(complete(theatre.session, "kill x").common(), "");
}

TEST_F(CompletionTest, NobodyToAskOffersNothing) {
  theatre.connection.end = "the run has ended";
  EXPECT_THAT(of("kill w"), IsEmpty());
  EXPECT_THAT(of("at"), ElementsAre("attack"));
  theatre.connection.end.reset();
  EXPECT_THAT(of("ask worker/9 "), IsEmpty());
}

}  // namespace
}  // namespace zenops::repl
