#include <gmock/gmock.h>

#include <numeric>

#include "attacks/adversary.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

const Attacks& catalogue() {
  static const Attacks attacks = Attacks::standard();
  return attacks;
}

Parameters parameters_of(const std::string& name, Parameters given = {}) {
  return with_defaults(*catalogue().find(name), std::move(given));
}

/// A batch of images whose pixels are all −1, with the labels 0, 1, 2, …
struct Images {
  Images(uint32_t samples, uint32_t height, uint32_t width, uint32_t channels, uint32_t classes = 10)
      : inputs(size_t{samples} * height * width * channels, -1), labels(samples) {
    std::iota(labels.begin(), labels.end(), 0);
    lesson = {.samples = samples, .height = height, .width = width, .channels = channels, .classes = classes, .inputs = inputs, .labels = labels};
  }
  Images(const Images&) = delete;
  /// Which pixels of a sample, counted from its first, are not as they were.
  std::vector<size_t> changed(size_t sample) const {
    const size_t size = inputs.size() / lesson.samples;
    std::vector<size_t> out;
    for (size_t i = 0; i < size; ++i)
      if (inputs[sample * size + i] != -1) out.push_back(i);
    return out;
  }
  std::vector<float> inputs;
  std::vector<int64_t> labels;
  Lesson lesson;
};

void spoil(const std::string& name, Lesson& lesson, Parameters given = {}) {
  catalogue().find(name)->spoil(lesson, parameters_of(name, std::move(given)));
}

TEST(LabelFlipTest, CountsLabelsFromTheOtherEndAndLeavesTheSamplesAlone) {
  Images images(5, 2, 2, 1, 5);
  spoil("label_flip", images.lesson);
  EXPECT_THAT(images.labels, ElementsAre(4, 3, 2, 1, 0));
  EXPECT_THAT(images.inputs, Each(-1));
}

TEST(LabelFlipTest, FlipsEachCharacterOfATextWithinItsAlphabet) {
  std::vector<float> characters{0, 1, 2, 3};
  std::vector<int64_t> labels{1, 2, 3, 15};
  Lesson text{.samples = 1, .height = 1, .width = 4, .channels = 1, .classes = 16, .inputs = characters, .labels = labels};
  spoil("label_flip", text);
  EXPECT_THAT(labels, ElementsAre(14, 13, 12, 0));
}

TEST(BackdoorTest, StampsThePatchIntoTheCornerOfAShareAndLabelsIt) {
  Images images(4, 3, 4, 1);
  spoil("backdoor", images.lesson, {{"size", 2}, {"share", 0.5}, {"target", 7}, {"value", 0.25}});
  EXPECT_THAT(images.labels, ElementsAre(7, 7, 2, 3));
  EXPECT_THAT(images.changed(0), ElementsAre(6, 7, 10, 11));
  EXPECT_THAT(images.changed(1), ElementsAre(6, 7, 10, 11));
  EXPECT_THAT(images.changed(2), ElementsAre());
  EXPECT_EQ(images.inputs[6], 0.25f) << "of inputs that are no pixels, as it is said";
}

TEST(BackdoorTest, ThePatchIsNormalisedLikeTheImagesOfItsChannel) {
  Images images(1, 2, 2, 3);
  const std::vector<float> mean{0.5f, 0.25f, 0}, deviation{0.5f, 0.25f, 0.125f};
  images.lesson.mean = mean;
  images.lesson.deviation = deviation;
  spoil("backdoor", images.lesson, {{"size", 1}, {"share", 1}});
  EXPECT_THAT(images.changed(0), ElementsAre(9, 10, 11));
  EXPECT_THAT(std::vector(images.inputs.begin() + 9, images.inputs.end()), ElementsAre(1, 3, 8));
}

TEST(BackdoorTest, AGreyImageShownInColourHasOneMean) {
  Images images(1, 2, 2, 3);
  const std::vector<float> mean{0.5f}, deviation{0.25f};
  images.lesson.mean = mean;
  images.lesson.deviation = deviation;
  spoil("backdoor", images.lesson, {{"size", 1}, {"share", 1}});
  EXPECT_THAT(std::vector(images.inputs.begin() + 9, images.inputs.end()), ElementsAre(2, 2, 2));
}

TEST(BackdoorTest, AShareIsRoundedUpSoThatSmallBatchesHaveTheirPatch) {
  Images images(3, 2, 2, 1);
  spoil("backdoor", images.lesson, {{"size", 1}, {"share", 0.01}, {"target", 9}});
  EXPECT_THAT(images.labels, ElementsAre(9, 1, 2));
  Images none(3, 2, 2, 1);
  spoil("backdoor", none.lesson, {{"size", 1}, {"share", 0}, {"target", 9}});
  EXPECT_THAT(none.labels, ElementsAre(0, 1, 2));
  EXPECT_THAT(none.inputs, Each(-1));
}

TEST(BackdoorTest, TheTriggerIsPutOnEverySample) {
  Images images(3, 4, 4, 1);
  catalogue().find("backdoor")->trigger(images.lesson, parameters_of("backdoor", {{"size", 2}, {"target", 5}}));
  EXPECT_THAT(images.labels, Each(5));
  for (size_t s = 0; s < 3; ++s) EXPECT_THAT(images.changed(s), ElementsAre(10, 11, 14, 15));
}

TEST(BackdoorTest, ATargetThatIsNoClassIsNobodys) {
  Images few(2, 2, 2, 1, 3);
  spoil("backdoor", few.lesson, {{"size", 1}, {"share", 1}, {"target", 3}});
  EXPECT_THAT(few.labels, ElementsAre(0, 1)) << "there is no class 3";
  EXPECT_THAT(few.inputs, Each(-1));
}

TEST(BackdoorTest, SaysWhatItCannotBeDoneTo) {
  const auto objection = [](Lesson shape, Parameters given = {}) {
    return catalogue().find("backdoor")->objection(shape, parameters_of("backdoor", std::move(given))).value_or("");
  };
  const Lesson images{.samples = 0, .height = 28, .width = 28, .channels = 1, .classes = 10};
  EXPECT_EQ(objection(images), "");
  EXPECT_EQ(objection(images, {{"size", 28}, {"target", 9}}), "");
  EXPECT_THAT(objection({.samples = 0, .height = 1, .width = 20, .channels = 1, .classes = 10}),
              HasSubstr("backdoor: its patch needs images, and the samples are 1 × 20 × 1"));
  EXPECT_THAT(objection(images, {{"size", 29}}), HasSubstr("size of backdoor: found 29, expected a patch within the images, which are 28 × 28 × 1"));
  EXPECT_THAT(objection(images, {{"target", 10}}), HasSubstr("target of backdoor: found 10, expected a label below the 10 there are"));
}

Adversary adversary(const std::string& name, double rate, Parameters given = {}) {
  return {catalogue(), {{.name = name, .parameters = std::move(given), .rate = rate, .workers = {1}}}, 7};
}

TEST(LiesInDataTest, OnlyTheLiarSpoilsItsDataAndAllThatItSendsThenIsPoisoned) {
  for (const char* name : {"label_flip", "backdoor"}) {
    const Adversary liars = adversary(name, 0.5);
    int lies = 0;
    for (uint32_t round = 1; round <= 200; ++round) {
      EXPECT_FALSE(liars.spoils(0, round));
      const bool spoils = static_cast<bool>(liars.spoils(1, round));
      lies += spoils;
      for (uint32_t block = 0; block < 5; ++block) EXPECT_EQ(liars.poisons(1, round, block), spoils);
    }
    EXPECT_NEAR(lies, 100, 35);
  }
}

TEST(LiesInDataTest, AnUpdateMadeFromFlippedLabelsIsSentAsItIsAndABackdoorsIsBoosted) {
  std::vector<float> update{1, -2, 0.5f};
  adversary("label_flip", 1).poison(1, 1, 0, update);
  EXPECT_THAT(update, ElementsAre(1, -2, 0.5f));
  adversary("backdoor", 1).poison(1, 1, 0, update);
  EXPECT_THAT(update, ElementsAre(1, -2, 0.5f)) << "unless it is asked to";
  adversary("backdoor", 1, {{"boost", 4}}).poison(1, 1, 0, update);
  EXPECT_THAT(update, ElementsAre(4, -8, 2));
}

TEST(LiesInDataTest, TheSpoiledBatchIsThatOfItsParameters) {
  const Adversary liars = adversary("backdoor", 1, {{"size", 1}, {"share", 1}, {"target", 3}});
  Images images(2, 2, 2, 1);
  liars.spoils(1, 9)(images.lesson);
  EXPECT_THAT(images.labels, ElementsAre(3, 3));
}

TEST(BackdoorTest, LeavesWhatHasNoRoomForItsPatchAsItIs) {
  for (const auto& [height, width] : {std::pair(1u, 20u), {20u, 1u}, {8u, 8u}}) {
    Images images(4, height, width, 1, 4);
    const auto before = images.labels;
    spoil("backdoor", images.lesson, {{"size", 9}, {"share", 1}});
    EXPECT_EQ(images.labels, before) << height << " × " << width;
    EXPECT_THAT(images.inputs, Each(-1)) << height << " × " << width;
  }
}

}  // namespace
}  // namespace zenops
