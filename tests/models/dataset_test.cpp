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

TEST(DatasetsTest, KnowNobodyElse) {
  const Datasets all = Datasets::standard();
  EXPECT_EQ(all.find("cifar"), nullptr);
  for (const auto& entry : all.entries()) EXPECT_EQ(all.find(entry.name), &entry);
}

}  // namespace
}  // namespace zenops
