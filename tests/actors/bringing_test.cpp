#include "actors/bringing.hpp"

#include <gmock/gmock.h>

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Keeps what it was brought.
class Shelf final : public Workspace {
 public:
  explicit Shelf(std::vector<float>& brought) : brought_(brought) {}
  void bring(std::span<const float* const> rows, size_t) override {
    for (const float* row : rows) brought_.push_back(*row);
  }
  std::optional<Products> measure(std::span<const float* const>, const float*, size_t, bool, bool, bool) override { return {}; }
  bool combine(const BlockPlan&, std::span<const float* const>, const float*, size_t, float*, size_t) override { return false; }
  bool step(const BlockPlan&, std::span<const float* const>, const float*, const Stepping&, size_t) override { return false; }

 private:
  std::vector<float>& brought_;
};

/// Rows of two segments, and jobs that are done when the test says so.
class BringingTest : public testing::Test {
 protected:
  BringingTest() {
    for (auto& each : brought) workspaces->push_back(std::make_unique<Shelf>(each));
  }
  std::shared_ptr<Bringing> bringing(std::vector<std::optional<size_t>> sizes = {1, 1}) {
    return std::make_shared<Bringing>(
        workspaces, std::move(sizes), [this](size_t count, std::function<void(size_t)> body, std::function<void()> then) {
          jobs.push_back([=, this] {
            for (size_t s = 0; s < count; ++s) {
              between();
              body(s);
            }
            then();
          });
        });
  }
  ShardRow row(float value) {
    Row both(std::shared_ptr<float[]>(new float[2]{value, -value}), 0, 2);
    return {.segments = {both.view().data(), both.view().data() + 1}, .blocks = {}, .rows = {both}};
  }
  void do_one() {
    ASSERT_FALSE(jobs.empty());
    const auto job = jobs.front();
    jobs.erase(jobs.begin());
    job();
  }

  std::array<std::vector<float>, 2> brought;  // by segment
  const std::shared_ptr<Workspaces> workspaces = std::make_shared<Workspaces>();
  std::vector<std::function<void()>> jobs;
  std::function<void()> between = [] {};  // segments of a job
};

TEST_F(BringingTest, BringsARowWhenItComesAndThoseThatComeMeanwhileTogether) {
  const auto rows = bringing();
  for (const float value : {1, 2, 3}) rows->add(row(value));
  ASSERT_EQ(jobs.size(), 1u);
  do_one();
  EXPECT_THAT(brought[0], ElementsAre(1));
  EXPECT_THAT(brought[1], ElementsAre(-1));
  ASSERT_EQ(jobs.size(), 1u);
  do_one();
  EXPECT_THAT(brought[0], ElementsAre(1, 2, 3));
  EXPECT_THAT(jobs, IsEmpty());
}

TEST_F(BringingTest, LeavesOutWhatIsNotWantedThereAndWhatWasNotSent) {
  const auto rows = bringing({std::nullopt, 1});
  rows->add(row(1));
  do_one();
  ShardRow half = row(2);
  half.segments[1] = nullptr;
  rows->add(half);
  do_one();
  EXPECT_THAT(brought[0], IsEmpty());
  EXPECT_THAT(brought[1], ElementsAre(-1));
}

TEST_F(BringingTest, IsFinishedOnceNothingIsOnItsWayAndBringsNothingMore) {
  const auto rows = bringing();
  int finished = 0;
  rows->add(row(1));
  rows->add(row(2));
  between = [&, first = true]() mutable {
    if (!std::exchange(first, false)) rows->finish([&] { ++finished; });
  };
  do_one();
  EXPECT_EQ(finished, 1);
  EXPECT_THAT(brought[0], ElementsAre(1)) << "it was on its way";
  EXPECT_THAT(brought[1], IsEmpty());
  rows->add(row(3));
  EXPECT_THAT(jobs, IsEmpty());
}

TEST_F(BringingTest, IsFinishedAtOnceWhereNothingIsOnItsWay) {
  bool finished = false;
  bringing()->finish([&] { finished = true; });
  EXPECT_TRUE(finished);
  EXPECT_NO_FATAL_FAILURE(bringing()->finish()) << "whoever lets go of it waits for nothing";
}

TEST_F(BringingTest, OutlivesWhoeverLetsGoOfItAndKeepsItsRowsUntilThen) {
  auto rows = bringing();
  ShardRow one = row(1);
  const auto workspace = std::weak_ptr(workspaces);
  const std::weak_ptr<Bringing> still = rows;
  rows->add(std::exchange(one, {}));
  rows.reset();
  ASSERT_FALSE(still.expired());
  do_one();
  EXPECT_THAT(brought[0], ElementsAre(1)) << "the row was there";
  jobs.clear();
  EXPECT_TRUE(still.expired());
}

}  // namespace
}  // namespace zenops
