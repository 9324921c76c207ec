#include "aggregation/offloading.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <future>

#include "aggregation/measuring.hpp"
#include "tests/aggregation/samples.hpp"
#include "tests/aggregation/separate_memory.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr size_t n = 7, d = 1000;

class OffloadingTest : public testing::Test {
 protected:
  static std::vector<float> combined(Workspace& workspace, const BlockPlan& plan, std::span<const float* const> rows,
                                     const float* trusted = nullptr) {
    std::vector<float> out(d, 77);
    if (!workspace.combine(plan, rows, trusted, d, out.data())) out.clear();
    return out;
  }
  static std::vector<float> on_the_processor(const BlockPlan& plan, std::span<const float* const> rows,
                                             const float* trusted = nullptr) {
    std::vector<float> out(d, NAN);
    combine(plan, rows, trusted, d, out.data());
    return out;
  }
  static BlockPlan sum(std::vector<float> weights) { return {.weights = std::move(weights)}; }
  static BlockPlan trimmed() {
    BlockPlan plan{.combine = Combine::trimmed_mean};
    plan.trim = 2;
    return plan;
  }

  std::mt19937 random_{1};
  Samples samples_ = normal_rows(random_, n, d);
  const std::vector<float> trusted_ = normal_row(random_, d);
  const std::shared_ptr<SeparateMemory> memory_ = std::make_shared<SeparateMemory>();
};

TEST_F(OffloadingTest, GivesTheProcessorsBits) {
  samples_.pointers[3] = nullptr;
  const auto workspace = separate(memory_)->workspace();  // and outlives whoever made it
  for (const float* trusted : {static_cast<const float*>(nullptr), trusted_.data()})
    for (const bool table : {false, true}) {
      const auto ours = workspace->measure(samples_.pointers, trusted, d, table, false, false);
      const Products theirs = measure(samples_.pointers, trusted, d, table);
      ASSERT_TRUE(ours);
      EXPECT_EQ(ours->squared_norms, theirs.squared_norms);
      EXPECT_EQ(ours->dots, theirs.dots);
      EXPECT_EQ(ours->distances, theirs.distances);
    }
  BlockPlan with_trusted = sum({1, 2, 3, 4, 0, 6, 7});
  with_trusted.trusted_weight = 0.5f;
  for (const BlockPlan& plan : {sum({1, 0, -3, 4, 5, 6, 7}), with_trusted, trimmed()})
    EXPECT_EQ(bits(combined(*workspace, plan, samples_.pointers, trusted_.data())),
              bits(on_the_processor(plan, samples_.pointers, trusted_.data())));
  EXPECT_EQ(memory_->measured, 4);
  EXPECT_EQ(memory_->combined, 3);
}

TEST_F(OffloadingTest, CopiesARowOnceAndTheTrustedOneEachTime) {
  const auto workspace = separate(memory_)->workspace();
  workspace->measure(samples_.pointers, trusted_.data(), d, true, false, false);
  EXPECT_EQ(memory_->uploads, 8);
  // What is believed may be made anew at the same place.
  std::vector<float> believed = trusted_;
  for (const float factor : {1, 2}) {
    for (float& x : believed) x *= factor;
    const auto products = workspace->measure(samples_.pointers, believed.data(), d, false, false, false);
    EXPECT_EQ(products->dots, measure(samples_.pointers, believed.data(), d).dots);
  }
  EXPECT_EQ(memory_->uploads, 10);
  combined(*workspace, trimmed(), samples_.pointers, trusted_.data());
  EXPECT_EQ(memory_->uploads, 10) << "nobody trusts anything there";
}

TEST_F(OffloadingTest, CopiesNoRowThatASumLeavesOut) {
  const auto workspace = separate(memory_)->workspace();
  const BlockPlan plan = sum({0, 0, 3, 0, 0, 5, 0});
  EXPECT_EQ(bits(combined(*workspace, plan, samples_.pointers)), bits(on_the_processor(plan, samples_.pointers)));
  EXPECT_EQ(memory_->uploads, 2);
}

TEST_F(OffloadingTest, GivesTheMemoryBackOnceTheRowsAreCombinedOrWithTheWorkspace) {
  const auto accelerator = separate(memory_);
  {
    const auto first = accelerator->workspace(), second = accelerator->workspace();
    for (const auto& workspace : {first.get(), second.get()})
      workspace->measure(samples_.pointers, trusted_.data(), d, true, false, false);
    EXPECT_EQ(memory_->floats, 2 * n * d) << "what is trusted has gone";
    combined(*first, trimmed(), samples_.pointers);
    EXPECT_EQ(memory_->floats, n * d);
    combined(*first, trimmed(), samples_.pointers);
    EXPECT_EQ(memory_->floats, n * d) << "copied once more, and gone as before";
  }
  EXPECT_EQ(memory_->floats, 0u);
}

TEST_F(OffloadingTest, GivesTheMemoryBackWhereTheProcessorCombines) {
  const auto workspace = separate(memory_)->workspace();
  workspace->measure(samples_.pointers, nullptr, d, true, false, false);
  memory_->objects = [](const BlockPlan&) { return "not there"; };
  EXPECT_THAT(combined(*workspace, trimmed(), samples_.pointers), IsEmpty());
  EXPECT_EQ(memory_->floats, 0u);
}

TEST_F(OffloadingTest, LeavesWhatHasNoRoomToTheProcessorKeepsNothingOfItAndSaysSoOnce) {
  const auto accelerator = separate(memory_);
  const auto one = accelerator->workspace(), other = accelerator->workspace();
  memory_->room = n * d;
  EXPECT_TRUE(one->measure(samples_.pointers, nullptr, d, true, false, false));
  EXPECT_FALSE(other->measure(samples_.pointers, nullptr, d, true, false, false)) << "one's rows are there";
  EXPECT_EQ(memory_->floats, n * d) << "of the other's nothing";
  EXPECT_EQ(memory_->uploads, 7) << "nor was anything copied for nothing";
  EXPECT_THAT(combined(*one, trimmed(), samples_.pointers), IsEmpty()) << "no room for the result";
  EXPECT_EQ(memory_->floats, 0u);
  EXPECT_TRUE(other->measure(samples_.pointers, nullptr, d, true, false, false)) << "now there is";
  EXPECT_THAT(accelerator->news(), ElementsAre("no room for 1000 beside 7000"));
  EXPECT_EQ(accelerator->lost(), "");
}

TEST_F(OffloadingTest, FindsThereWhatWasBroughtInTheOrderInWhichItCame) {
  const auto accelerator = separate(memory_);
  const auto workspace = accelerator->workspace();
  for (const size_t k : {4, 1, 0, 6, 4}) workspace->bring(std::span(samples_.pointers).subspan(k, 1), d);
  const float* const believed[] = {trusted_.data()};
  workspace->bring(believed, d);
  EXPECT_EQ(memory_->uploads, 5);
  const auto ours = workspace->measure(samples_.pointers, trusted_.data(), d, true, false, false);
  const Products theirs = measure(samples_.pointers, trusted_.data(), d, true);
  EXPECT_EQ(ours->distances, theirs.distances);
  EXPECT_EQ(ours->dots, theirs.dots);
  EXPECT_EQ(memory_->uploads, 8) << "three rows had not come there";
  EXPECT_EQ(bits(combined(*workspace, trimmed(), samples_.pointers)),
            bits(on_the_processor(trimmed(), samples_.pointers)));
  EXPECT_EQ(memory_->uploads, 8);
  EXPECT_EQ(memory_->floats, 0u) << "what is trusted has gone, too";
}

TEST_F(OffloadingTest, ARowThatComesThereTooLateIsNotLeftBehind) {
  const auto workspace = separate(memory_)->workspace(), refusing = separate(memory_)->workspace();
  combined(*workspace, trimmed(), samples_.pointers);
  refusing->measure(samples_.pointers, nullptr, d, false, true, false);
  for (Workspace* one : {workspace.get(), refusing.get()}) one->bring(samples_.pointers, d);
  EXPECT_EQ(memory_->floats, 0u);
}

TEST_F(OffloadingTest, MeasuringWaitsForACopyThatRunsAndCopiesNothingTwice) {
  const auto workspace = separate(memory_)->workspace();
  std::promise<void> copies, go_on;
  memory_->before_upload = [&, first = true]() mutable {
    if (!std::exchange(first, false)) return;
    copies.set_value();
    go_on.get_future().wait();
  };
  auto brought = std::async(std::launch::async, [&] { workspace->bring(samples_.pointers, d); });
  copies.get_future().wait();
  auto ours = std::async(std::launch::async,
                         [&] { return workspace->measure(samples_.pointers, nullptr, d, true, false, false); });
  go_on.set_value();
  brought.wait();
  EXPECT_EQ(ours.get()->distances, measure(samples_.pointers, nullptr, d, true).distances);
  EXPECT_EQ(memory_->uploads, 7);
}

TEST_F(OffloadingTest, WhereWhatIsBroughtHasNoRoomItGoesAndNothingIsLeftToTheProcessorForThat) {
  const auto accelerator = separate(memory_);
  const auto one = accelerator->workspace(), other = accelerator->workspace();
  memory_->room = 10 * d;
  one->bring(samples_.pointers, d);
  other->bring(std::span(samples_.pointers).first(3), d);
  EXPECT_EQ(memory_->floats, 10 * d);
  other->bring(std::span(samples_.pointers).subspan(3, 1), d);
  EXPECT_EQ(memory_->floats, n * d) << "nothing of the other's is half there";
  other->bring(samples_.pointers, d);
  EXPECT_EQ(memory_->floats, n * d) << "nor is it tried again";
  EXPECT_THAT(accelerator->news(), IsEmpty());
  EXPECT_FALSE(combined(*one, trimmed(), samples_.pointers).empty());
  EXPECT_TRUE(other->measure(samples_.pointers, nullptr, d, true, false, false)) << "copied when it is its turn";
  EXPECT_THAT(accelerator->news(), IsEmpty());
}

TEST_F(OffloadingTest, WhereACopyFailsOnItsWayTheSegmentIsLeftToTheProcessorAndOneLineSaysSo) {
  const auto accelerator = separate(memory_);
  const auto one = accelerator->workspace(), other = accelerator->workspace();
  memory_->before_upload = [&, count = 0]() mutable {
    if (++count % 3 == 0) throw std::runtime_error("GPU 0, copying to it: out of resources");
  };
  for (Workspace* workspace : {one.get(), other.get()}) {
    EXPECT_NO_THROW(workspace->bring(samples_.pointers, d));
    EXPECT_EQ(memory_->floats, 0u);
    EXPECT_FALSE(workspace->measure(samples_.pointers, nullptr, d, true, false, false));
    EXPECT_THAT(combined(*workspace, trimmed(), samples_.pointers), IsEmpty());
  }
  EXPECT_THAT(accelerator->news(), ElementsAre("GPU 0, copying to it: out of resources"));
  EXPECT_EQ(accelerator->lost(), "");
  memory_->before_upload = [] {};
  const auto next = accelerator->workspace();
  EXPECT_TRUE(next->measure(samples_.pointers, nullptr, d, true, false, false)) << "the next round's";
  memory_->before_upload = [] { throw std::runtime_error("GPU 0, copying to it: unspecified launch failure"); };
  memory_->well = false;
  accelerator->workspace()->bring(samples_.pointers, d);
  EXPECT_EQ(accelerator->lost(), "GPU 0, copying to it: unspecified launch failure");
}

TEST_F(OffloadingTest, LeavesWhatIsTooSmallToTheProcessorAndDoesNotTalkAboutIt) {
  const auto accelerator = separate(memory_, n * d * sizeof(float));
  const auto workspace = accelerator->workspace();
  EXPECT_TRUE(workspace->measure(samples_.pointers, nullptr, d, false, false, false));
  const auto fewer = std::span(samples_.pointers).first(n - 1);
  EXPECT_FALSE(workspace->measure(fewer, nullptr, d, false, false, false));
  EXPECT_TRUE(workspace->measure(fewer, trusted_.data(), d, false, false, false)) << "it is read, too";
  EXPECT_THAT(combined(*workspace, sum({1, 0, 1, 1, 1, 1, 1}), samples_.pointers), IsEmpty())
      << "one of them is not read";
  EXPECT_THAT(accelerator->news(), IsEmpty());
}

TEST_F(OffloadingTest, SaysBeforehandWhatItWouldMeasureAndCombine) {
  const auto accelerator = separate(memory_, n * d * sizeof(float));
  EXPECT_TRUE(accelerator->measures(n, d, true, false, false));
  EXPECT_FALSE(accelerator->measures(n - 1, d, true, false, false)) << "too small";
  EXPECT_FALSE(accelerator->measures(n, d, true, true, false)) << "signs";
  EXPECT_TRUE(accelerator->combines(trimmed(), n, d));
  EXPECT_FALSE(accelerator->combines(trimmed(), n - 1, d)) << "too small";
  EXPECT_FALSE(accelerator->combines(sum({1, 1, 1, 0, 1, 1, 1}), n, d)) << "one of them is not read";
  EXPECT_FALSE(accelerator->combines({.combine = Combine::majority}, n, d)) << "a majority";
  EXPECT_THAT(accelerator->news(), IsEmpty()) << "nothing has been left";
}

TEST_F(OffloadingTest, TellsOnceWhyItLeavesSomethingElse) {
  const auto accelerator = separate(memory_);
  const auto workspace = accelerator->workspace(), other = accelerator->workspace();
  BlockPlan noisy = sum(std::vector<float>(n, 1));
  noisy.noise = 1;
  for (Workspace* one : {workspace.get(), other.get()}) {
    EXPECT_THAT(combined(*one, noisy, samples_.pointers), IsEmpty());
    EXPECT_FALSE(one->measure(samples_.pointers, nullptr, d, false, true, false));
  }
  EXPECT_EQ(memory_->made, 0) << "nothing is copied for nothing";
  EXPECT_THAT(accelerator->news(),
              ElementsAre("majorities and noise are not made there", "signs and gaps are not measured there"));
  combined(*workspace, noisy, samples_.pointers);
  EXPECT_THAT(accelerator->news(), IsEmpty());
}

TEST_F(OffloadingTest, ThrowsWhatFailsThereAndIsLostOnlyIfItCannotGoOn) {
  const auto accelerator = separate(memory_);
  const auto workspace = accelerator->workspace();
  memory_->before = [] { throw std::runtime_error("GPU 0, combining 7 rows: unspecified launch failure"); };
  EXPECT_THROW(combined(*workspace, trimmed(), samples_.pointers), std::runtime_error);
  EXPECT_EQ(accelerator->lost(), "");
  memory_->well = false;
  EXPECT_THROW(combined(*workspace, trimmed(), samples_.pointers), std::runtime_error);
  EXPECT_EQ(accelerator->lost(), "GPU 0, combining 7 rows: unspecified launch failure");
}

TEST_F(OffloadingTest, MeasuringAsksTheWorkspaceAndDoesTheRestItself) {
  const auto workspace = separate(memory_)->workspace();
  Stretch stretch{.rows = samples_.pointers, .size = d, .central = samples_.pointers};
  for (const Needs& needs :
       {Needs{.trusted = Trust::median, .table = true}, Needs{.norms = true, .signs = true}, Needs{.norms = true}}) {
    stretch.workspace = nullptr;
    const Products theirs = measured(needs, stretch);
    stretch.workspace = workspace.get();
    const Products ours = measured(needs, stretch);
    EXPECT_EQ(ours.squared_norms, theirs.squared_norms);
    EXPECT_EQ(ours.dots, theirs.dots);
    EXPECT_EQ(ours.distances, theirs.distances);
    EXPECT_EQ(ours.positives, theirs.positives);
  }
  EXPECT_EQ(memory_->measured, 2);
}

}  // namespace
}  // namespace zenops
