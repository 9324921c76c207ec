#include "models/own_arrays.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "base/npy.hpp"
#include "base/safetensors.hpp"
#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

/// A .npy file of bytes or of 8-byte whole numbers.
template <class Element>
std::string npy(const std::string& descr, const std::string& shape, const std::vector<Element>& elements) {
  const std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  std::string out("\x93NUMPY\x01\0", 8);
  out += {static_cast<char>(header.size()), 0};
  out += header;
  return out + std::string(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(Element));
}

class OwnArraysTest : public testing::Test {
 protected:
  OwnArraysTest() {
    options_.inputs = folder_ / "x.npy";
    options_.labels = folder_ / "y.npy";
    options_.test_inputs = folder_ / "tx.npy";
    options_.test_labels = folder_ / "ty.npy";
    write_npy(options_.inputs, {3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
    write_npy(options_.test_inputs, {1, 2}, std::vector<float>{7, 8});
    labels("y.npy", {0, 2, 1});
    labels("ty.npy", {1});
  }
  void labels(const std::string& file, const std::vector<int64_t>& values) {
    folder_.put(file, npy("<i8", "(" + std::to_string(values.size()) + ",)", values));
  }
  void bytes(const std::string& file, const std::string& shape, const std::vector<uint8_t>& values) {
    folder_.put(file, npy("|u1", shape, values));
  }
  std::string refusal_now(int code = UserError::bad_data) {
    return refusal(code, [&] { load_own_arrays(options_); });
  }
  TemporaryFolder folder_;
  DataOptions options_;
};

TEST_F(OwnArraysTest, ReadsNumbersAsTheyAre) {
  const Dataset data = load_own_arrays(options_);
  EXPECT_EQ(data.train.size(), (ImageSize{1, 2, 1}));
  EXPECT_EQ(data.train.classes, 3u);
  EXPECT_THAT(data.train.labels, ElementsAre(0, 2, 1));
  Batch batch;
  gather(data.train, std::vector<uint32_t>{2, 0}, batch);
  EXPECT_THAT(batch.inputs, ElementsAre(5, 6, 1, 2));
  EXPECT_THAT(batch.labels, ElementsAre(1, 0));
  gather(data.test, std::vector<uint32_t>{0}, batch);
  EXPECT_THAT(batch.inputs, ElementsAre(7, 8));
}

TEST_F(OwnArraysTest, TakesImagesInPyTorchsOrderOrInNumPys) {
  // One image of two pixels in a row, with three channels: (1, 3, 1, 2) and (1, 1, 2, 3).
  write_npy(options_.inputs, {1, 3, 1, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  write_npy(options_.test_inputs, {1, 3, 1, 2}, std::vector<float>(6));
  labels("y.npy", {1});
  const Dataset first = load_own_arrays(options_);
  EXPECT_EQ(first.train.size(), (ImageSize{1, 2, 3}));
  EXPECT_THAT(std::get<1>(first.train.values), ElementsAre(1, 3, 5, 2, 4, 6));

  options_.order = ImageOrder::channels_last;
  write_npy(options_.inputs, {1, 1, 2, 3}, std::vector<float>{1, 3, 5, 2, 4, 6});
  write_npy(options_.test_inputs, {1, 1, 2, 3}, std::vector<float>(6));
  const Dataset last = load_own_arrays(options_);
  EXPECT_EQ(last.train.size(), first.train.size());
  EXPECT_EQ(last.train.values, first.train.values);
}

TEST_F(OwnArraysTest, NormalisesBytesByWhatTheTrainingSetHas) {
  bytes("x.npy", "(3, 2, 1, 1)", {0, 100, 10, 100, 20, 100});
  bytes("tx.npy", "(1, 2, 1, 1)", {20, 103});
  const Dataset data = load_own_arrays(options_);
  Batch batch;
  gather(data.train, std::vector<uint32_t>{0, 1, 2}, batch);
  const float far = std::sqrt(1.5f);
  // A channel that is the same everywhere has no deviation to divide by.
  EXPECT_THAT(batch.inputs, ElementsAre(FloatNear(-far, 1e-5f), FloatNear(0, 1e-6f), FloatNear(0, 1e-6f),
                                        FloatNear(0, 1e-6f), FloatNear(far, 1e-5f), FloatNear(0, 1e-6f)));
  gather(data.test, std::vector<uint32_t>{0}, batch);
  EXPECT_THAT(batch.inputs, ElementsAre(FloatNear(far, 1e-5f), FloatNear(3 / 255.f, 1e-6f)));
}

TEST_F(OwnArraysTest, ReadsAllOfThemFromOneSafetensorsFile) {
  std::string header =
      R"({"inputs":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"labels":{"dtype":"U8","shape":[1],"data_offsets":[8,9]},)"
      R"("test_inputs":{"dtype":"F32","shape":[1,2],"data_offsets":[9,17]},"test_labels":{"dtype":"U8","shape":[1],"data_offsets":[17,18]}})";
  const uint64_t length = header.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  DataOptions options;
  options.file = folder_.put("all.safetensors", file + header + std::string(8, '\0') + "\x01" + std::string(9, '\0'));
  const Dataset data = load_own_arrays(options);
  EXPECT_THAT(data.train.labels, ElementsAre(1));
  EXPECT_THAT(data.test.labels, ElementsAre(0));
  EXPECT_EQ(data.train.classes, 2u);

  write_safetensors(options.file, Layout({{"inputs", {1}}}), std::vector<float>{1});
  EXPECT_THAT(refusal(UserError::bad_data, [&] { load_own_arrays(options); }),
              AllOf(HasSubstr("all.safetensors"), HasSubstr("no tensor labels")));
  options.labels = "y.npy";
  EXPECT_THAT(refusal(UserError::bad_config, [&] { load_own_arrays(options); }),
              AllOf(HasSubstr("data.labels"), HasSubstr("data.file")));
}

TEST_F(OwnArraysTest, SaysWhichFileIsNotNamed) {
  options_.test_labels = "";
  EXPECT_THAT(refusal_now(UserError::bad_config), AllOf(HasSubstr("data.test_labels"), HasSubstr(".npy")));
}

TEST_F(OwnArraysTest, RefusesLabelsThatAreNotWhole) {
  write_npy(options_.labels, {3}, std::vector<float>{0, 2, 1});
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("y.npy"), HasSubstr("F32"), HasSubstr("astype('int64')")));
}

TEST_F(OwnArraysTest, RefusesLabelsThatAreNoClass) {
  labels("y.npy", {0, -1, 1});
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("y.npy: label 1 is -1"), HasSubstr("0 to")));
  labels("y.npy", {0, 2, int64_t{1} << 40});
  EXPECT_THAT(refusal_now(), HasSubstr("label 2 is 1099511627776"));
}

TEST_F(OwnArraysTest, RefusesLabelsBeyondTheClasses) {
  labels("ty.npy", {3});
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("ty.npy: label 0 is 3, the classes are 0 to 2 in"), HasSubstr("y.npy")));
  options_.parameters["classes"] = 4;
  EXPECT_EQ(load_own_arrays(options_).train.classes, 4u);
  options_.parameters["classes"] = 2;
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("y.npy: label 1 is 2"), HasSubstr("0 to 1 (data.classes)")));
}

TEST_F(OwnArraysTest, RefusesMoreSamplesThanLabels) {
  labels("y.npy", {0, 1});
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("y.npy: its shape is 2"), HasSubstr("3 samples of"), HasSubstr("x.npy")));
}

TEST_F(OwnArraysTest, RefusesShapesThatAreNoSamples) {
  for (const auto& shape : std::vector<std::vector<int64_t>>{{6}, {1, 1, 1, 2, 3}, {}, {0, 2}, {3, 0}}) {
    size_t count = 1;
    for (const int64_t n : shape) count *= static_cast<size_t>(n);
    write_npy(options_.inputs, shape, std::vector<float>(count));
    EXPECT_THAT(refusal_now(), AllOf(HasSubstr("x.npy: its shape is"), HasSubstr("samples × features")));
  }
}

TEST_F(OwnArraysTest, RefusesTestSamplesOfAnotherKind) {
  write_npy(options_.test_inputs, {1, 3}, std::vector<float>(3));
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("tx.npy"), HasSubstr("1 × 3 × 1"), HasSubstr("1 × 2 × 1")));
  bytes("tx.npy", "(1, 2)", {1, 2});
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("tx.npy"), HasSubstr("U8"), HasSubstr("F32")));
}

TEST_F(OwnArraysTest, NamesTheSampleThatIsNotFinite) {
  write_npy(options_.inputs, {3, 2}, std::vector<float>{1, 2, 3, NAN, 5, 6});
  EXPECT_THAT(refusal_now(), HasSubstr("x.npy: sample 1 holds NaN"));
  write_npy(options_.inputs, {3, 2}, std::vector<float>{1, 2, 3, 4, 5, -INFINITY});
  EXPECT_THAT(refusal_now(), HasSubstr("sample 2 holds an infinity"));
}

}  // namespace
}  // namespace zenops
