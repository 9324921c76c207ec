#include "cli/repl/script.hpp"

#include <gmock/gmock.h>

namespace zenops::repl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::vector<std::string>> words(const std::string& text) {
  std::vector<std::vector<std::string>> out;
  for (const auto& statement : Script::parse(text, "s").statements) {
    auto& line = out.emplace_back();
    for (const auto& word : statement.words) line.push_back(word.text);
  }
  return out;
}

/// "s:1:2: sentence" of a text that is refused.
std::string refusal(const std::string& text) {
  try {
    Script::parse(text, "s");
  } catch (const Misuse& e) {
    return e.at().to_string() + ": " + e.what();
  }
  return "nothing";
}

TEST(ScriptTest, SemicolonsAndLinesPartCommands) {
  EXPECT_THAT(
      words("step 5; kill worker/3\n\n ;; ls # all of them; really\nquit"),
      ElementsAre(ElementsAre("step", "5"), ElementsAre("kill", "worker/3"), ElementsAre("ls"), ElementsAre("quit")));
}

TEST(ScriptTest, AnIncarnationIsNoComment) {
  EXPECT_THAT(words("kill worker/3#2"), ElementsAre(ElementsAre("kill", "worker/3#2")));
}

TEST(ScriptTest, QuotesKeepSpacesAndEscapes) {
  EXPECT_THAT(words(R"(evict worker/3 because "it \"lies\"; # a lot\n")"),
              ElementsAre(ElementsAre("evict", "worker/3", "because", "it \"lies\"; # a lot\n")));
}

TEST(ScriptTest, ParenthesesAreOneWordOverLinesAndKeepWhatTheirLanguageQuotes) {
  EXPECT_THAT(words("ask a Add (by = 3,\n  to = [1, 2],  # both\n why = \"a ) \\\" b\"); ls"),
              ElementsAre(ElementsAre("ask", "a", "Add", "(by = 3,   to = [1, 2],    why = \"a ) \\\" b\")"),
                          ElementsAre("ls")));
}

TEST(ScriptTest, ABackslashJoinsLines) {
  EXPECT_THAT(words("step \\\n 5\nls"), ElementsAre(ElementsAre("step", "5"), ElementsAre("ls")));
}

TEST(ScriptTest, WhatIsWrongIsSaidWithItsLineAndColumn) {
  EXPECT_EQ(refusal("ls\nls\nevict w because \"no end\n"), "s:3:17: a \" is missing that ends this text");
  EXPECT_EQ(refusal("ls\n tell a Add (by = [1)"), "s:2:21: unexpected \")\": expected \"]\"");
  EXPECT_EQ(refusal("tell a Add (by = (3)"), "s:1:12: a \")\" is missing that closes this");
  EXPECT_EQ(refusal("ls )"), "s:1:4: unexpected \")\": nothing was opened that it closes");
  EXPECT_THAT(refusal("tell a \"x\\q\""), HasSubstr("s:1:10: unknown escape \\q"));
}

TEST(ScriptTest, ColumnsCountCharactersAndNotBytes) { EXPECT_THAT(refusal("tell \"äöü\" )"), HasSubstr("s:1:12: ")); }

TEST(ScriptTest, WordsAndStatementsKnowWhereTheyStand) {
  const auto script = Script::parse("ls;  step 5\n  quit", "s", 7);
  EXPECT_EQ(script.statements[1].words[1].at.to_string(), "s:7:11");
  EXPECT_EQ(script.statements[1].text, "step 5");
  EXPECT_EQ(script.statements[2].at().to_string(), "s:8:3");
}

TEST(ScriptTest, AStatementGoesOnWhileSomethingIsOpen) {
  EXPECT_TRUE(Script::goes_on("tell a Add (by = 3,\n"));
  EXPECT_TRUE(Script::goes_on("evict w because \"no\n"));
  EXPECT_TRUE(Script::goes_on("step \\\n"));
  EXPECT_FALSE(Script::goes_on("tell a Add (why = \"(\")\n"));
  EXPECT_FALSE(Script::goes_on("ls # (\n"));
  EXPECT_FALSE(Script::goes_on("ls )))\n"));  // is refused, and waits for nothing
}

TEST(ScriptTest, AQuotedWordReadsBackAsItself) {
  for (const std::string word : {"worker/3", "two words", "a;b", "q\"\\q", "tab\there", "line\nend", "", "#x"})
    EXPECT_EQ(Script::parse("x " + quoted(word), "s").statements.at(0).words.at(1).text, word);
}

TEST(ScriptTest, TheWordsOfALineThatIsBeingTyped) {
  EXPECT_THAT(words_before(""), ElementsAre(""));
  EXPECT_THAT(words_before("ls; att"), ElementsAre("att"));
  EXPECT_THAT(words_before("attack worker/3 "), ElementsAre("attack", "worker/3", ""));
  EXPECT_THAT(words_before("ask a Add (by = 3, t"), ElementsAre("ask", "a", "Add", "(by = 3, t"));
}

/// Whatever is typed, it is read or refused; the seed is the text's number.
TEST(ScriptTest, NoTextIsTooStrange) {
  const std::string letters = "a \t\n;\"\\()[]#=|é";
  uint64_t state = 1;
  for (int k = 0; k < 20000; ++k) {
    std::string text;
    for (int length = 0; length < 12; ++length) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      text += letters[(state >> 33) % letters.size()];
    }
    SCOPED_TRACE(text);
    Script::goes_on(text);
    EXPECT_FALSE(words_before(text).empty());
    try {
      for (const auto& statement : Script::parse(text, "s").statements) EXPECT_FALSE(statement.words.empty());
    } catch (const Misuse& e) {
      EXPECT_GE(e.at().column, 1);
    }
  }
}

}  // namespace
}  // namespace zenops::repl
