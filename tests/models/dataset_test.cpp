#include "models/dataset.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"
#include "tests/models/idx_file.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;

Dataset load(const std::string& name, const DataOptions& options, uint64_t seed = 1) {
  const Datasets all = Datasets::standard();
  return all.find(name)->load(options, seed);
}

/// MNIST's four files in small: three images of 1 × 2 to train on, two to test on.
class MnistTest : public testing::Test {
 protected:
  MnistTest() {
    options_.path = folder_.path();
    options_.verify = false;
    folder_.put("train-images-idx3-ubyte.gz", gzip(idx({3, 1, 2}, {0, 1, 2, 3, 4, '\xff'})));
    folder_.put("train-labels-idx1-ubyte", idx({3}, {7, 0, 9}));
    folder_.put("t10k-images-idx3-ubyte", idx({2, 1, 2}, {6, 7, 8, 9}));
    folder_.put("t10k-labels-idx1-ubyte.gz", gzip(idx({2}, {1, 2})));
  }
  std::string refusal_now(const std::string& name = "mnist") {
    return refusal(UserError::bad_data, [&] { load(name, options_); });
  }
  TemporaryFolder folder_;
  DataOptions options_;
};

TEST_F(MnistTest, ReadsImagesAndLabelsGzippedOrNot) {
  const Dataset data = load("mnist", options_);
  EXPECT_EQ(data.train.count(), 3u);
  EXPECT_EQ(data.train.features(), 2u);
  EXPECT_EQ(data.train.width, 2u);
  EXPECT_EQ(data.train.classes, 10u);
  EXPECT_THAT(data.train.labels, ElementsAre(7, 0, 9));
  EXPECT_THAT(std::get<std::vector<uint8_t>>(data.test.values), ElementsAre(6, 7, 8, 9));
  EXPECT_EQ(data.test.mean, data.train.mean);
}

TEST_F(MnistTest, SaysHowToGetWhatIsMissing) {
  std::filesystem::remove(folder_ / "t10k-images-idx3-ubyte");
  EXPECT_THAT(refusal_now("fashion_mnist"),
              AllOf(HasSubstr(folder_.path().string()), HasSubstr("t10k-images-idx3-ubyte.gz"),
                    HasSubstr("apt-get install dataset-fashion-mnist")));
  options_.path = folder_ / "missing";
  EXPECT_THAT(refusal_now("fashion_mnist"), AllOf(HasSubstr(options_.path.string()), HasSubstr("is not a folder"),
                                                  HasSubstr("apt-get install dataset-fashion-mnist")));
}

TEST_F(MnistTest, RefusesALabelOutOfRange) {
  folder_.put("train-labels-idx1-ubyte", idx({3}, {7, 10, 9}));
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("train-labels-idx1-ubyte"), HasSubstr("label 1 is 10")));
}

TEST_F(MnistTest, RefusesMoreImagesThanLabels) {
  folder_.put("train-labels-idx1-ubyte", idx({2}, {7, 0}));
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("3 images"), HasSubstr("train-labels-idx1-ubyte has 2 labels")));
}

TEST_F(MnistTest, RefusesTestImagesOfAnotherSize) {
  folder_.put("t10k-images-idx3-ubyte", idx({2, 2, 1}, {6, 7, 8, 9}));
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("t10k-images"), HasSubstr("2 × 1"), HasSubstr("1 × 2")));
}

TEST_F(MnistTest, RefusesFilesThatOnlyLookLikeTheDataSet) {
  options_.verify = true;
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("train-images-idx3-ubyte.gz"), HasSubstr("SHA-256"),
                                   HasSubstr("ba891046e6505d7a"), HasSubstr("data.verify: false")));
}

TEST_F(MnistTest, NamesTheDamagedFile) {
  folder_.put("train-images-idx3-ubyte.gz", "junk");
  EXPECT_THAT(refusal_now(), HasSubstr("train-images-idx3-ubyte.gz: not an IDX file"));
}

TEST_F(MnistTest, ABatchHoldsNormalisedPixels) {
  const Dataset data = load("mnist", options_);
  Batch batch;
  gather(data.train, std::vector<uint32_t>{2, 0}, batch);
  auto normalised = [](float byte) { return (byte / 255 - .1307f) / .3081f; };
  ASSERT_EQ(batch.inputs.size(), 4u);
  for (auto [at, byte] : {std::pair{0, 4.f}, {1, 255.f}, {2, 0.f}, {3, 1.f}})
    EXPECT_NEAR(batch.inputs[at], normalised(byte), 1e-6);
  EXPECT_THAT(batch.labels, ElementsAre(9, 7));
  EXPECT_EQ(batch.size, 2u);
  EXPECT_EQ(batch.width, 2u);
}

TEST_F(MnistTest, ABatchReusesItsMemory) {
  const Dataset data = load("mnist", options_);
  Batch batch;
  gather(data.train, std::vector<uint32_t>{0, 1, 2}, batch);
  const float* before = batch.inputs.data();
  gather(data.train, std::vector<uint32_t>{2}, batch);
  EXPECT_EQ(batch.inputs.data(), before);
  EXPECT_EQ(batch.inputs.size(), 2u);
}

TEST(FashionMnistTest, IsWhatItsPaperDescribes) {
  const Datasets all = Datasets::standard();
  const DatasetEntry& entry = *all.find("fashion_mnist");
  if (!std::filesystem::exists(entry.usual_path)) GTEST_SKIP() << entry.usual_path << ": " << entry.how_to_get;
  const Dataset data = entry.load({}, 1);
  EXPECT_EQ(data.train.count(), 60'000u);
  EXPECT_EQ(data.test.count(), 10'000u);
  EXPECT_EQ(data.train.height, 28u);
  EXPECT_EQ(data.train.width, 28u);
  for (int label = 0; label < 10; ++label)
    EXPECT_EQ(std::count(data.train.labels.begin(), data.train.labels.end(), label), 6000);
  std::vector<uint32_t> every(data.train.count());
  std::iota(every.begin(), every.end(), 0);
  Batch batch;
  gather(data.train, every, batch);
  double sum = 0, squares = 0;
  for (float x : batch.inputs) {
    sum += x;
    squares += x * x;
  }
  const auto n = static_cast<double>(batch.inputs.size());
  EXPECT_NEAR(sum / n, 0, .005);
  EXPECT_NEAR(squares / n, 1, .005);
}

class BlobsTest : public testing::Test {
 protected:
  BlobsTest() {
    options_.name = "blobs";
    options_.parameters = {{"classes", 3}, {"features", 4}, {"train", 3000}, {"test", 6}, {"spread", .5}};
  }
  DataOptions options_;
};

TEST_F(BlobsTest, HaveTheSizesAskedFor) {
  const Dataset data = load("blobs", options_);
  EXPECT_EQ(data.train.count(), 3000u);
  EXPECT_EQ(data.train.height * data.train.channels, 1u);
  EXPECT_EQ(data.train.width, 4u);
  EXPECT_EQ(data.train.classes, 3u);
  EXPECT_THAT(data.test.labels, ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST_F(BlobsTest, TakeDefaultsForWhatIsNotGiven) {
  const Dataset data = load("blobs", {});
  EXPECT_EQ(data.train.count(), 4000u);
  EXPECT_EQ(data.test.count(), 1000u);
  EXPECT_EQ(data.train.features(), 20u);
  EXPECT_EQ(data.train.classes, 10u);
}

TEST_F(BlobsTest, AreTheSameForOneSeedAndOthersForAnother) {
  auto values = [&](uint64_t seed) { return load("blobs", options_, seed).train.values; };
  EXPECT_EQ(values(1), values(1));
  EXPECT_NE(values(1), values(2));
}

TEST_F(BlobsTest, SpreadAroundCentresThatTrainAndTestShare) {
  const Dataset data = load("blobs", options_);
  options_.parameters["spread"] = 0;
  const Dataset centres = load("blobs", options_);
  EXPECT_EQ(std::get<1>(centres.train.values)[0], std::get<1>(centres.test.values)[0]);
  double sum = 0, squares = 0;
  const auto &values = std::get<1>(data.train.values), &at = std::get<1>(centres.train.values);
  for (size_t i = 0; i < values.size(); ++i) {
    sum += values[i] - at[i];
    squares += (values[i] - at[i]) * (values[i] - at[i]);
  }
  const auto n = static_cast<double>(values.size());
  EXPECT_NEAR(sum / n, 0, 5 * .5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, .25, 5 * .25 * std::sqrt(2 / n));
  EXPECT_NE(values[0], std::get<1>(data.test.values)[0]) << "the test set is not the training set";
}

TEST_F(BlobsTest, ABatchHoldsThemAsTheyAre) {
  const Dataset data = load("blobs", options_);
  Batch batch;
  gather(data.train, std::vector<uint32_t>{5, 2}, batch);
  const auto& values = std::get<std::vector<float>>(data.train.values);
  EXPECT_THAT(batch.inputs, ElementsAre(values[20], values[21], values[22], values[23], values[8], values[9],
                                        values[10], values[11]));
  EXPECT_THAT(batch.labels, ElementsAre(2, 2));
}

/// One image of 2 × 3 pixels with as many channels as asked for; value 10 y + x in channel 0, 100 more in each next.
Samples small_image(uint32_t channels) {
  Samples out;
  out.height = 2;
  out.width = 3;
  out.channels = channels;
  out.classes = 1;
  std::vector<float> values;
  for (uint32_t y = 0; y < 2; ++y)
    for (uint32_t x = 0; x < 3; ++x)
      for (uint32_t c = 0; c < channels; ++c) values.push_back(static_cast<float>(100 * (c + 1) + 10 * y + x));
  out.values = std::move(values);
  out.labels = {0};
  return out;
}

TEST(GatherTest, ShowsASmallImageInTheMiddleOfALargeOne) {
  Samples samples = small_image(1);
  samples.shown = ImageSize{4, 5, 1};
  Batch batch;
  gather(samples, std::vector<uint32_t>{0}, batch);
  EXPECT_EQ(batch.height, 4u);
  EXPECT_EQ(batch.width, 5u);
  EXPECT_THAT(batch.inputs, ElementsAre(0, 0, 0, 0, 0,        //
                                        0, 100, 101, 102, 0,  //
                                        0, 110, 111, 112, 0,  //
                                        0, 0, 0, 0, 0));
}

TEST(GatherTest, ShowsGreyAsThreeEqualColours) {
  Samples samples = small_image(1);
  samples.shown = ImageSize{2, 3, 3};
  Batch batch;
  gather(samples, std::vector<uint32_t>{0}, batch);
  EXPECT_EQ(batch.channels, 3u);
  EXPECT_THAT(batch.inputs, ElementsAre(100, 100, 100, 101, 101, 101, 102, 102, 102,  //
                                        110, 110, 110, 111, 111, 111, 112, 112, 112));
}

TEST(GatherTest, WhatIsAroundABytesImageIsBlackBeforeItIsNormalised) {
  Samples samples = small_image(1);
  samples.values = std::vector<uint8_t>(6, 255);
  samples.mean = {.5f};
  samples.deviation = {.25f};
  samples.shown = ImageSize{2, 5, 3};
  Batch batch;
  gather(samples, std::vector<uint32_t>{0}, batch);
  EXPECT_THAT(std::vector(batch.inputs.begin(), batch.inputs.begin() + 15),
              ElementsAre(-2, -2, -2, 2, 2, 2, 2, 2, 2, 2, 2, 2, -2, -2, -2));
}

TEST(GatherTest, OnlyWhatFitsCanBeShown) {
  EXPECT_TRUE(can_show({28, 28, 1}, {32, 32, 3}));
  EXPECT_TRUE(can_show({28, 28, 3}, {32, 32, 3}));
  EXPECT_FALSE(can_show({28, 28, 3}, {32, 32, 1}));
  EXPECT_FALSE(can_show({33, 28, 1}, {32, 32, 3}));
  EXPECT_FALSE(can_show({1, 20, 1}, {32, 32, 3})) << "a list of numbers is no image";
}

/// What the augmentation may make of an image: crops at nine places in each direction, mirrored or not.
std::vector<std::vector<float>> every_crop(const Samples& samples) {
  const auto& values = std::get<std::vector<float>>(samples.values);
  const int height = static_cast<int>(samples.height), width = static_cast<int>(samples.width);
  const auto channels = static_cast<int>(samples.channels);
  std::vector<std::vector<float>> out;
  for (int down = -4; down <= 4; ++down)
    for (int right = -4; right <= 4; ++right)
      for (const bool mirrored : {false, true}) {
        std::vector<float> image;
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c) {
              const int from_y = y + down, from_x = (mirrored ? width - 1 - x : x) + right;
              const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
              image.push_back(inside ? values[static_cast<size_t>((from_y * width + from_x) * channels + c)] : 0);
            }
        out.push_back(std::move(image));
      }
  return out;
}

TEST(GatherTest, CropsAndMirrorsInEveryWayThereIs) {
  Samples samples;
  samples.height = 6;
  samples.width = 7;
  samples.channels = 2;
  samples.classes = 1;
  std::vector<float> values(84);
  std::iota(values.begin(), values.end(), 1.f);
  samples.values = values;
  samples.labels = {0};
  const auto possible = every_crop(samples);
  std::vector<int> seen(possible.size());
  Stream draws({1, Role::worker, 0, Purpose::augment});
  Batch batch;
  constexpr int times = 162 * 40;
  for (int i = 0; i < times; ++i) {
    gather(samples, std::vector<uint32_t>{0}, batch, &draws);
    const auto found = std::ranges::find(possible, batch.inputs);
    ASSERT_NE(found, possible.end());
    ++seen[static_cast<size_t>(found - possible.begin())];
  }
  double chi_squared = 0;
  for (const int n : seen) chi_squared += (n - 40.) * (n - 40.) / 40;
  EXPECT_LT(chi_squared, 161 + 5 * std::sqrt(2 * 161.));
  EXPECT_GT(chi_squared, 161 - 5 * std::sqrt(2 * 161.));
}

TEST(GatherTest, AugmentsWhatIsShownAsWhatIsStored) {
  Samples stored = small_image(1), shown = small_image(1);
  // The same image, once in zeros of its own and once in those that are shown around it.
  stored.height = 4;
  stored.width = 5;
  stored.values = std::vector<float>{0, 0, 0, 0, 0, 0, 100, 101, 102, 0, 0, 110, 111, 112, 0, 0, 0, 0, 0, 0};
  shown.shown = ImageSize{4, 5, 1};
  Stream one({1, Role::worker, 0, Purpose::augment}), two = one;
  Batch a, b;
  for (int i = 0; i < 100; ++i) {
    gather(stored, std::vector<uint32_t>{0}, a, &one);
    gather(shown, std::vector<uint32_t>{0}, b, &two);
    ASSERT_EQ(a.inputs, b.inputs);
  }
}

TEST(DatasetsTest, ShowImagesAsTheModelWantsThemUnlessToldNotTo) {
  Datasets all;
  all.add({{"grey", "", "", {}}, "", "", [](const DataOptions&, uint64_t) {
             return Dataset{small_image(1), small_image(1)};
           }});
  DataOptions options;
  options.name = "grey";
  EXPECT_EQ(all.load(options, ImageSize{4, 4, 3}, 1).train.size(), (ImageSize{4, 4, 3}));
  EXPECT_EQ(all.load(options, ImageSize{4, 4, 3}, 1).test.size(), (ImageSize{4, 4, 3}));
  EXPECT_EQ(all.load(options, std::nullopt, 1).train.size(), (ImageSize{2, 3, 1}));
  EXPECT_EQ(all.load(options, ImageSize{1, 1, 1}, 1).train.size(), (ImageSize{2, 3, 1}));
  options.image = ImageChoice::as_is;
  EXPECT_EQ(all.load(options, ImageSize{4, 4, 3}, 1).train.size(), (ImageSize{2, 3, 1}));
}

TEST(DatasetsTest, RefuseToAugmentWhatIsNoImage) {
  DataOptions options;
  options.name = "blobs";
  options.augment = Augment::crop_flip;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Datasets::standard().load(options, std::nullopt, 1); }),
              AllOf(HasSubstr("data.augment"), HasSubstr("1 × 20 × 1")));
}

TEST(DatasetsTest, KnowNobodyElse) {
  const Datasets all = Datasets::standard();
  EXPECT_EQ(all.find("cifar"), nullptr);
  DataOptions options;
  options.name = "cifar";
  EXPECT_THAT(refusal(UserError::bad_config, [&] { all.load(options, std::nullopt, 1); }), HasSubstr("no cifar"));
  for (const auto& entry : all.entries()) EXPECT_EQ(all.find(entry.name), &entry);
}

}  // namespace
}  // namespace zenops
