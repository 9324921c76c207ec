#include "configs/original/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zenops::original {
namespace {

using testing::ElementsAre;

TEST(WordsTest, AreSplitAsAShellDoes) {
  EXPECT_THAT(*split_words("python3  a.py\t--lr 0.1\n"), ElementsAre("python3", "a.py", "--lr", "0.1"));
  EXPECT_THAT(*split_words(R"(a 'b c' "d 'e'" f\ g "h\"i" '')"), ElementsAre("a", "b c", "d 'e'", "f g", "h\"i", ""));
  EXPECT_THAT(*split_words("--a='b c'd"), ElementsAre("--a=b cd"));
  EXPECT_TRUE(split_words("  ")->empty());
  EXPECT_FALSE(split_words("a 'b"));
}

TEST(WordsTest, AreJoinedSoThatTheySplitAgain) {
  const std::vector<std::string> words{"a", "b c", "it's", "", "--x=\"y\"", "$HOME"};
  EXPECT_EQ(*split_words(join_words(words)), words);
  EXPECT_EQ(join_words({"a.py", "--lr", "0.1"}), "a.py --lr 0.1");
}

}  // namespace
}  // namespace zenops::original
