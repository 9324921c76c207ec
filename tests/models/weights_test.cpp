#include "models/weights.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "base/safetensors.hpp"
#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class WeightsTest : public testing::Test {
 protected:
  void save(const Layout& layout, const std::vector<float>& values) { write_safetensors(file_, layout, values); }
  std::string refusal_now() {
    const std::string what = refusal(UserError::bad_data, [&] { load_weights(file_, layout_); });
    EXPECT_THAT(what, HasSubstr(file_.string()));
    return what;
  }
  TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "weights.safetensors";
  const Layout layout_{{{"fc.weight", {2, 3}}, {"fc.bias", {2}}}};
};

TEST_F(WeightsTest, AreFoundByTheirNamesInAnyOrder) {
  save(Layout({{"fc.bias", {2}}, {"fc.weight", {2, 3}}}), {7, 8, 1, 2, 3, 4, 5, 6});
  EXPECT_THAT(load_weights(file_, layout_), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST_F(WeightsTest, OfARunAreThoseInItsFolder) {
  save(layout_, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_THAT(load_weights(folder_.path(), layout_), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST_F(WeightsTest, MayBeHalves) {
  const std::string header = R"({"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})";
  const uint64_t length = header.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  folder_.put("weights.safetensors", file + header + std::string("\0\x3c\0\xc0", 4));
  EXPECT_THAT(load_weights(file_, Layout({{"w", {2}}})), ElementsAre(1, -2));
}

TEST_F(WeightsTest, EveryTensorThatDoesNotFitIsNamed) {
  save(Layout({{"fc.weight", {3, 2}}, {"fc.biais", {2}}}), std::vector<float>(8));
  EXPECT_THAT(refusal_now(),
              AllOf(HasSubstr("fc.weight: its shape is 3 × 2, expected 2 × 3"),
                    HasSubstr("fc.bias: missing, expected 2"), HasSubstr("fc.biais: unknown, of shape 2")));
}

TEST_F(WeightsTest, OfAnotherModelAreNotListedWithoutEnd) {
  std::vector<Block> blocks;
  for (int k = 0; k < 100; ++k) blocks.push_back({"other" + std::to_string(k), {1}});
  save(Layout(blocks), std::vector<float>(100));
  EXPECT_THAT(refusal_now(),
              AllOf(HasSubstr("fc.weight: missing"), HasSubstr("and 94 more"), Not(HasSubstr("other99"))));
}

TEST_F(WeightsTest, MustBeFinite) {
  save(layout_, {1, 2, 3, 4, 5, 6, 7, INFINITY});
  EXPECT_THAT(refusal_now(), AllOf(HasSubstr("fc.bias: not finite"), Not(HasSubstr("fc.weight"))));
}

TEST_F(WeightsTest, DoNotIncludeWhatPyTorchCounts) {
  save(Layout({{"fc.weight", {2, 3}}, {"fc.bias", {2}}, {"bn.num_batches_tracked", {}}}), std::vector<float>(9));
  EXPECT_EQ(load_weights(file_, layout_).size(), 8u);
}

TEST_F(WeightsTest, DoNotLetANameReachTheTerminalAsItIs) {
  save(Layout({{"fc.weight", {2, 3}}, {"fc.bias", {2}}, {"\x1b[2J", {1}}}), std::vector<float>(9));
  EXPECT_THAT(refusal_now(), HasSubstr("?[2J: unknown"));
}

}  // namespace
}  // namespace zenops
