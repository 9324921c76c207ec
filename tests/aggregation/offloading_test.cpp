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

/// A segment that is stepped, here as the processor does it and there.
class SteppingThereTest : public OffloadingTest, public testing::WithParamInterface<ServerOptions::Kind> {
 protected:
  /// What there is of a version, and its number.
  struct Version {
    uint64_t number;
    std::vector<float> weights, m, v;
  };
  SteppingThereTest() {
    for (size_t k = 0; k < optimizer_.moments(); ++k) (k == 0 ? first_.m : first_.v).assign(d, optimizer_.initial(k));
  }
  Stepping stepping(const Version& before, uint64_t after, std::vector<float>& out, bool here) const {
    Stepping s{.optimizer = optimizer_.options(), .scale = 0.7f, .before = before.number, .after = after,
               .weights = before.weights, .out = out};
    if (here) s.moments = {before.m, before.v};
    return s;
  }
  Version on_the_processor(Version version, uint64_t after, const BlockPlan& plan) const {
    const std::vector<float> made = OffloadingTest::on_the_processor(plan, samples_.pointers);
    version.number = after;
    if (optimizer_.moments() == 0) {
      add_scaled(version.weights, optimizer_.lr(), made);
    } else {
      std::vector<float> change(d);
      add_scaled(change, 0.7f, made);
      optimizer_.step(version.weights, change, {version.m, version.v});
    }
    return version;
  }
  /// Steps there from that version, whose moments are here as well or there only, and compares.
  Version stepped(const Version& before, uint64_t after, bool here) {
    const BlockPlan plan = trimmed();
    samples_ = normal_rows(random_, n, d);  // another round
    std::vector<float> out(d, 77);
    EXPECT_TRUE(residence_->workspace()->step(plan, samples_.pointers, nullptr, stepping(before, after, out, here)));
    const Version expected = on_the_processor(before, after, plan);
    EXPECT_EQ(bits(out), bits(expected.weights));
    expect_there(expected);
    return expected;
  }
  /// The moments of that version.
  void expect_there(const Version& version) {
    std::vector<float> m(version.m.size(), 77), v(version.v.size(), 77);
    const std::span<float> to[] = {m, v};
    EXPECT_TRUE(residence_->moments(version.number, std::span(to).first(optimizer_.moments())));
    EXPECT_EQ(bits(m), bits(version.m));
    EXPECT_EQ(bits(v), bits(version.v));
  }
  /// A step from there is left to the processor, and writes nothing.
  void expect_left(const Version& before, uint64_t after, Workspace& workspace) {
    std::vector<float> out(d, 77);
    EXPECT_FALSE(workspace.step(trimmed(), samples_.pointers, nullptr, stepping(before, after, out, false)));
    EXPECT_THAT(out, testing::Each(77));
    expect_there(before);
  }

  const ServerOptimizer optimizer_{{.kind = GetParam(), .lr = 0.3f}};
  const size_t stays_ = (1 + 2 * optimizer_.moments()) * d;  // floats, of two versions
  Version first_{1, normal_row(random_, d), {}, {}};
  const std::shared_ptr<Accelerator> accelerator_ = separate(memory_);
  const std::unique_ptr<Residence> residence_ = accelerator_->residence(d);
};
INSTANTIATE_TEST_SUITE_P(EveryOptimizer, SteppingThereTest,
                         testing::Values(ServerOptions::Kind::sgd, ServerOptions::Kind::momentum,
                                         ServerOptions::Kind::adam, ServerOptions::Kind::yogi,
                                         ServerOptions::Kind::adagrad));

TEST_P(SteppingThereTest, HasTheProcessorsBitsAndIsGivenWhatItHasOnce) {
  Version version = stepped(first_, 2, true);
  const int given = 1 + static_cast<int>(optimizer_.moments());
  EXPECT_EQ(memory_->uploads, n + given);
  for (uint64_t after = 3; after < 7; ++after) version = stepped(version, after, false);
  EXPECT_EQ(memory_->uploads, 5 * n + given) << "nothing but rows";
  EXPECT_EQ(memory_->floats, stays_);
  EXPECT_EQ(memory_->combined, 0);
}

TEST_P(SteppingThereTest, GoesOnFromTheVersionBeforeAsIfTheOtherHadNotBeen) {
  const Version second = stepped(first_, 2, true), third = stepped(second, 3, false);
  const Version fourth = stepped(second, 4, false);
  EXPECT_NE(bits(fourth.weights), bits(third.weights));
  std::vector<float> nowhere(d);
  const std::span<float> to[] = {nowhere, nowhere};
  EXPECT_FALSE(residence_->moments(3, std::span(to).first(optimizer_.moments()))) << "it was taken back";
  stepped(fourth, 5, false);
  EXPECT_EQ(memory_->floats, stays_);
}

TEST_P(SteppingThereTest, BelievesNumbersAndNotPlaces) {
  Version version = stepped(first_, 2, true);
  for (float& x : version.weights) x += 1;  // where they were, they are others: it was restored
  for (float& x : version.m) x += 1;
  version.number = 3;
  stepped(version, 4, true);
}

TEST_P(SteppingThereTest, AStepThatWasBegunBeforeOneThatHasBeenHereTakesNothingBack) {
  const Version second = stepped(first_, 2, true), fourth = stepped(second, 4, false);
  const auto late = residence_->workspace();
  expect_left(second, 3, *late);
  residence_->made_elsewhere(second.number, 3);
  expect_there(fourth);
  residence_->made_elsewhere(fourth.number, 5);
  std::vector<float> nowhere(d);
  const std::span<float> to[] = {nowhere, nowhere};
  EXPECT_FALSE(residence_->moments(2, std::span(to).first(optimizer_.moments()))) << "nobody asks for it any more";
  expect_there(fourth);
}

TEST_P(SteppingThereTest, WhereThereIsNoRoomTheVersionBeforeStaysAndTheRowsAreCombinedAlone) {
  const Version second = stepped(first_, 2, true);
  const auto workspace = residence_->workspace();
  workspace->measure(samples_.pointers, nullptr, d, true, false, false);
  if (optimizer_.moments() > 0) {  // of sgd a step takes no more than combining
    memory_->room = memory_->floats - optimizer_.moments() * d + (optimizer_.moments() == 1 ? 1 : 2) * d - 1;
    expect_left(second, 3, *workspace);
    EXPECT_THAT(accelerator_->news(), testing::SizeIs(1));
    memory_->room = SIZE_MAX;
    EXPECT_EQ(bits(combined(*workspace, trimmed(), samples_.pointers)),
              bits(OffloadingTest::on_the_processor(trimmed(), samples_.pointers)));
    EXPECT_EQ(memory_->uploads, 2 * n + 1 + static_cast<int>(optimizer_.moments())) << "the rows had stayed";
    stepped(second, 4, false);
  }
}

TEST_P(SteppingThereTest, WhatFailsMidwayLeavesTheVersionBeforeAsItWas) {
  const Version second = stepped(first_, 2, true);
  const auto fails = [] { throw std::runtime_error("GPU 0, combining 7 rows: out of resources"); };
  const auto workspace = residence_->workspace(), other = residence_->workspace();
  memory_->before = fails;
  expect_left(second, 3, *workspace);
  memory_->before = [] {};
  EXPECT_THAT(combined(*workspace, trimmed(), samples_.pointers), IsEmpty()) << "all of the round is left";
  // Stepped, and not brought back.
  memory_->before_download = [&, first = true]() mutable {
    if (std::exchange(first, false)) fails();
  };
  expect_left(second, 4, *other);
  EXPECT_THAT(accelerator_->news(), ElementsAre("GPU 0, combining 7 rows: out of resources"));
  EXPECT_EQ(accelerator_->lost(), "");
  stepped(second, 5, false);
  memory_->before = fails;
  memory_->well = false;
  std::vector<float> out(d, 77);
  EXPECT_THROW(residence_->workspace()->step(trimmed(), samples_.pointers, nullptr, stepping(second, 6, out, true)),
               std::runtime_error);
  EXPECT_EQ(accelerator_->lost(), "GPU 0, combining 7 rows: out of resources");
}

TEST_P(SteppingThereTest, StaysAsLongAsTheResidence) {
  {
    const auto residence = accelerator_->residence(d);
    const auto workspace = residence->workspace();
    std::vector<float> out(d);
    workspace->step(trimmed(), samples_.pointers, nullptr, stepping(first_, 2, out, true));
    EXPECT_GT(memory_->floats, 0u);
  }
  EXPECT_EQ(memory_->floats, 0u);
}

TEST_F(OffloadingTest, WhatStaysIsSharedOutAmongLanesByItsNumbersAndNotInTurn) {
  const auto other = std::make_shared<SeparateMemory>();
  std::vector<std::unique_ptr<Lane>> lanes;
  for (const auto& memory : {memory_, other}) lanes.push_back(std::make_unique<SeparateLane>(memory));
  const auto accelerator = offload_to(std::move(lanes), 0);
  std::vector<float> weights(d, 1), out(d);
  // As of layers with a weight and a bias each.
  std::vector<std::unique_ptr<Residence>> residences;
  for (const size_t size : {d, size_t{10}, d, size_t{10}}) {
    residences.push_back(accelerator->residence(size));
    const Stepping stepping{.before = 1, .after = 2, .weights = std::span(weights).first(size), .out = std::span(out).first(size)};
    EXPECT_TRUE(residences.back()->workspace()->step(trimmed(), samples_.pointers, nullptr, stepping));
  }
  EXPECT_GE(memory_->floats, d);
  EXPECT_GE(other->floats, d);
  residences.clear();
  EXPECT_EQ(memory_->floats + other->floats, 0u);
}

TEST_F(OffloadingTest, AWorkspaceOfNoResidenceStepsNothingAndNeitherDoesOneThatIsTooSmall) {
  std::vector<float> weights(d, 1), out(d, 77);
  const Stepping stepping{.before = 1, .after = 2, .weights = weights, .out = out};
  const auto nowhere = separate(memory_)->workspace(), small = separate(memory_, SIZE_MAX)->residence(d)->workspace();
  for (Workspace* one : {nowhere.get(), small.get()})
    EXPECT_FALSE(one->step(trimmed(), samples_.pointers, nullptr, stepping));
  EXPECT_THAT(out, testing::Each(77));
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
