#include "models/text.hpp"

#include <gmock/gmock.h>

#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class TextTest : public testing::Test {
 protected:
  Dataset load(const std::string& text) {
    options_.file = folder_.put("text.txt", text);
    return load_text(options_);
  }
  TemporaryFolder folder_;
  DataOptions options_ = [] {
    DataOptions options;
    options.parameters = {{"length", 3}, {"test", .4}};
    return options;
  }();
};

TEST_F(TextTest, EachLabelIsTheCharacterThatFollows) {
  const Dataset data = load("abacabadabacaba");  // four pieces of three, and what is left over
  EXPECT_EQ(data.train.size(), (ImageSize{1, 3, 1}));
  EXPECT_EQ(data.train.classes, 4u);
  ASSERT_EQ(data.train.count(), 3u);
  EXPECT_EQ(data.test.count(), 1u);
  Batch batch;
  gather(data.train, std::vector<uint32_t>{1, 0}, batch);
  EXPECT_THAT(batch.inputs, ElementsAre(2, 0, 1, 0, 1, 0));  // "cab", "aba"
  EXPECT_THAT(batch.labels, ElementsAre(0, 1, 0, 1, 0, 2));  // "aba", "bac"
  gather(data.test, std::vector<uint32_t>{0}, batch);
  EXPECT_THAT(batch.inputs, ElementsAre(1, 0, 2));  // "bac"
  EXPECT_THAT(batch.labels, ElementsAre(0, 2, 0));  // "aca"
}

TEST_F(TextTest, CharactersOfTheTestSetAloneAreClassesToo) {
  const Dataset data = load("aaaaaaaaaaaaaz");
  EXPECT_EQ(data.train.classes, 2u);
  EXPECT_EQ(data.test.classes, 2u);
}

TEST_F(TextTest, EveryByteMayOccur) {
  std::string all;
  for (int c = 255; c >= 0; --c) all += static_cast<char>(c);
  options_.parameters = {{"length", 1}, {"test", .1}};
  const Dataset data = load(all);
  EXPECT_EQ(data.train.classes, 256u);
  Batch batch;
  gather(data.train, std::vector<uint32_t>{0}, batch);
  EXPECT_THAT(batch.inputs, ElementsAre(255));
  EXPECT_THAT(batch.labels, ElementsAre(254));
}

TEST_F(TextTest, RefusesATextThatIsTooShort) {
  EXPECT_THAT(refusal(UserError::bad_data, [&] { load("abcdef"); }),
              AllOf(HasSubstr("text.txt: too short: 6 characters"), HasSubstr("at least 7")));
  EXPECT_THAT(refusal(UserError::bad_data, [&] { load(""); }), HasSubstr("0 characters"));
  EXPECT_EQ(load("abcdefg").test.count(), 1u);
}

TEST_F(TextTest, RefusesAFileThatIsNotThereOrNotGiven) {
  options_.file = folder_ / "missing";
  EXPECT_THAT(refusal(UserError::bad_data, [&] { load_text(options_); }), HasSubstr("No such file"));
  options_.file = "";
  EXPECT_THAT(refusal(UserError::bad_config, [&] { load_text(options_); }), HasSubstr("data.file"));
}

}  // namespace
}  // namespace zenops
