#include "actors/growing_tables.hpp"

#include <gtest/gtest.h>

#include "tests/aggregation/samples.hpp"

namespace zenops {
namespace {

/// Jobs that are done when the test says so.
class GrowingTablesTest : public testing::Test {
 protected:
  std::shared_ptr<GrowingTables> tables(size_t together) {
    return std::make_shared<GrowingTables>(
        grown,
        [this](size_t count, std::function<void(size_t)> body, std::function<void()> then) {
          jobs.push_back([=] {
            for (size_t s = 0; s < count; ++s) body(s);
            then();
          });
        },
        together);
  }
  void do_one() {
    ASSERT_FALSE(jobs.empty());
    const auto job = jobs.front();
    jobs.erase(jobs.begin());
    job();
  }
  ShardRow row(size_t k) const {
    return {.segments = {samples.pointers[k], samples.pointers[k] + sizes[0]}, .blocks = {}, .rows = {}};
  }
  Products whole(size_t segment, const std::vector<size_t>& rows, std::optional<size_t> trusted) const {
    std::vector<const float*> pointers;
    for (const size_t k : rows) pointers.push_back(row(k).segments[segment]);
    return measure(pointers, trusted ? row(*trusted).segments[segment] : nullptr, sizes[segment], true);
  }

  const std::vector<size_t> sizes = {100, 37};
  std::vector<std::optional<size_t>> grown = {100, 37};
  std::mt19937 random{1};
  const Samples samples = normal_rows(random, 9, 137);
  std::vector<std::function<void()>> jobs;
};

TEST_F(GrowingTablesTest, MeasureAsSoonAsEnoughHaveComeAndOneJobAtATime) {
  const auto grown = tables(3);
  grown->add(7, row(0));
  grown->add(2, row(1));
  EXPECT_TRUE(jobs.empty());
  grown->add(5, row(2));
  EXPECT_EQ(jobs.size(), 1u);
  for (uint32_t k = 3; k < 6; ++k) grown->add(10 + k, row(k));
  EXPECT_EQ(jobs.size(), 1u);
  do_one();
  EXPECT_EQ(jobs.size(), 1u);  // those that came meanwhile
  do_one();
  EXPECT_TRUE(jobs.empty());
}

TEST_F(GrowingTablesTest, AreFinishedWhenTheLastOnesShareIsMeasured) {
  const auto grown = tables(3);
  int finished = 0;
  for (uint32_t k = 0; k < 4; ++k) grown->add(k, row(k));
  grown->finish([&] { ++finished; });
  do_one();
  EXPECT_EQ(finished, 0);
  do_one();
  EXPECT_EQ(finished, 1);
  EXPECT_TRUE(jobs.empty());
}

TEST_F(GrowingTablesTest, AreFinishedAtOnceWhereNobodyCame) {
  bool finished = false;
  tables(3)->finish([&] { finished = true; });
  EXPECT_TRUE(finished);
}

TEST_F(GrowingTablesTest, HaveTheBitsOfRowsThatAreMeasuredTogether) {
  const auto grown = tables(2);
  const std::vector<uint32_t> coming = {6, 1, 8, 3, 0, 5};
  for (const uint32_t k : coming) {
    grown->add(k == 8 ? GrowingTables::kTrusted : k, row(k));
    if (!jobs.empty() && k % 2) do_one();
  }
  grown->finish([] {});
  while (!jobs.empty()) do_one();
  for (const size_t segment : {0, 1}) {
    const Products products = grown->of(segment, std::vector<uint32_t>{0, 3, 5, 6}),
                   expected = whole(segment, {0, 3, 5, 6}, 8);
    EXPECT_EQ(products.distances, expected.distances);
    EXPECT_EQ(products.inner, expected.inner);
    EXPECT_EQ(products.dots, expected.dots);
    EXPECT_EQ(products.squared_norms, expected.squared_norms);
    EXPECT_EQ(products.trusted_squared_norm, expected.trusted_squared_norm);
  }
}

TEST_F(GrowingTablesTest, LeaveASegmentAloneThatSomebodyElseMeasures) {
  grown[0] = {};
  const auto tables = this->tables(2);
  for (uint32_t k = 0; k < 2; ++k) tables->add(k, row(k));
  do_one();
  tables->finish([] {});
  EXPECT_FALSE(tables->grows(0));
  ASSERT_TRUE(tables->grows(1));
  EXPECT_EQ(tables->of(1, std::vector<uint32_t>{0, 1}).distances, whole(1, {0, 1}, {}).distances);
}

TEST_F(GrowingTablesTest, OutliveWhoeverLetsGoOfThemWhileTheyAreMeasured) {
  auto grown = tables(1);
  const std::weak_ptr<GrowingTables> still = grown;
  grown->add(0, row(0));
  grown.reset();
  EXPECT_FALSE(still.expired());
  do_one();
  jobs.clear();
  EXPECT_TRUE(still.expired());
}

}  // namespace
}  // namespace zenops
