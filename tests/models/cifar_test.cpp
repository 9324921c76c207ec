#include "models/cifar.hpp"

#include <gmock/gmock.h>

#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// An image whose planes are red, green and blue all over, but for its first pixel, which is one more.
std::string image(char red, char green, char blue) {
  std::string out;
  for (const char c : {red, green, blue}) out += static_cast<char>(c + 1) + std::string(1023, c);
  return out;
}
std::string record(char label, const std::string& pixels) { return label + pixels; }

class CifarTest : public testing::Test {
 protected:
  CifarTest() {
    for (char k = 1; k <= 5; ++k)
      folder_.put("data_batch_" + std::to_string(k) + ".bin",
                  record(k, image(k, 10, 20)) + record(9, image(30, 40, k)));
    folder_.put("test_batch.bin", record(3, image(1, 2, 3)));
  }
  Dataset load() { return load_cifar(CifarFormat::ten(), folder_.path(), false); }
  std::string refusal_now() {
    return refusal(UserError::bad_data, [&] { load(); });
  }
  TemporaryFolder folder_;
};

TEST_F(CifarTest, ReadsTheBatchesInTheirOrder) {
  const Dataset data = load();
  EXPECT_THAT(data.train.labels, ElementsAre(1, 9, 2, 9, 3, 9, 4, 9, 5, 9));
  EXPECT_EQ(data.train.size(), (ImageSize{32, 32, 3}));
  EXPECT_EQ(data.train.classes, 10u);
  EXPECT_THAT(data.test.labels, ElementsAre(3));
  EXPECT_EQ(std::get<0>(data.train.values).size(), 10u * 3072);
}

TEST_F(CifarTest, PutsAPixelsColoursSideBySide) {
  const auto values = std::get<0>(load().test.values);
  EXPECT_THAT(std::vector<int>(values.begin(), values.begin() + 6), ElementsAre(2, 3, 4, 1, 2, 3));
  EXPECT_THAT(std::vector<int>(values.end() - 3, values.end()), ElementsAre(1, 2, 3));
}

TEST_F(CifarTest, NormalisesAsZenoPsDoes) {
  Batch batch;
  gather(load().test, std::vector<uint32_t>{0}, batch);
  EXPECT_NEAR(batch.inputs[0], (2 / 255. - .4914) / .2023, 1e-6);
  EXPECT_NEAR(batch.inputs[1], (3 / 255. - .4822) / .1994, 1e-6);
  EXPECT_NEAR(batch.inputs[2], (4 / 255. - .4465) / .2010, 1e-6);
}

TEST_F(CifarTest, LooksIntoTheArchivesOwnFolder) {
  TemporaryFolder outer;
  std::filesystem::create_directory(outer / "cifar-10-batches-bin");
  for (const auto& file : std::filesystem::directory_iterator(folder_.path()))
    std::filesystem::copy(file, outer / "cifar-10-batches-bin");
  EXPECT_EQ(load_cifar(CifarFormat::ten(), outer.path(), false).train.count(), 10u);
}

TEST_F(CifarTest, SaysWhereToPutWhatIsMissing) {
  std::filesystem::remove(folder_ / "data_batch_4.bin");
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr(folder_.path().string()), HasSubstr("has no data_batch_4.bin"),
                                   HasSubstr("cifar-10-binary.tar.gz"), HasSubstr("data.path")));
  EXPECT_THAT(refusal(UserError::bad_data, [&] { load_cifar(CifarFormat::hundred(), folder_ / "missing", false); }),
              AllOf(HasSubstr((folder_ / "missing").string()), HasSubstr("cifar-100-binary.tar.gz")));
}

TEST_F(CifarTest, NamesTheFileThatIsCutOff) {
  folder_.put("data_batch_2.bin", record(1, image(1, 2, 3)) + record(1, image(1, 2, 3)).substr(1));
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("data_batch_2.bin: cut off"), HasSubstr("6145 bytes"), HasSubstr("3073")));
  folder_.put("data_batch_2.bin", "");
  EXPECT_THAT(refusal_now(), HasSubstr("data_batch_2.bin: cut off"));
}

TEST_F(CifarTest, NamesTheLabelThatIsNone) {
  folder_.put("test_batch.bin", record(3, image(1, 2, 3)) + record(10, image(1, 2, 3)));
  EXPECT_THAT(refusal_now(),
              AllOf(HasSubstr("test_batch.bin"), HasSubstr("label of image 1 is 10"), HasSubstr("0 to 9")));
}

TEST_F(CifarTest, AFileThatEndsBetweenTwoImagesIsFoundOutByItsLength) {
  EXPECT_THAT(
      refusal(UserError::bad_data, [&] { load_cifar(CifarFormat::ten(), folder_.path(), true); }),
      AllOf(HasSubstr("data_batch_1.bin: has 2 images, the data set's has 10000"), HasSubstr("data.verify: false")));
}

TEST(Cifar100Test, TakesTheFineLabel) {
  TemporaryFolder folder;
  folder.put("train.bin", "\x13" + record(99, image(1, 2, 3)));
  folder.put("test.bin", "\x13" + record(7, image(5, 5, 5)));
  const Dataset data = load_cifar(CifarFormat::hundred(), folder.path(), false);
  EXPECT_THAT(data.train.labels, ElementsAre(99));
  EXPECT_THAT(data.test.labels, ElementsAre(7));
  EXPECT_EQ(data.test.classes, 100u);
  folder.put("train.bin", "\x13" + record(100, image(1, 2, 3)));
  EXPECT_THAT(refusal(UserError::bad_data, [&] { load_cifar(CifarFormat::hundred(), folder.path(), false); }),
              HasSubstr("label of image 0 is 100"));
}

}  // namespace
}  // namespace zenops
