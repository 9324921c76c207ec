// One round of the actors against the formulae of zeno-ps: A.5 and C, written out in double.
#include <gmock/gmock.h>

#include <cmath>

#include "actors/participation.hpp"
#include "actors/training.hpp"
#include "tests/actors/ground.hpp"

namespace zenops {
namespace {

using Update = std::vector<double>;

class ExchangeTest : public testing::Test {
 protected:
  /// Four workers, of which 0 and 2 belong to validator 0, and 1 and 3 to validator 1.
  ExchangeTest() {
    options_.train.rounds = 1;
    options_.attacks = {attack("negative", 3, 1, {3})};
  }
  Update update(Role role, uint32_t index) const {
    auto learner = ground_.learner(options_, role, index);
    const auto made = learner.update(0, 1, options_.train.optimizer.lr, std::span(&ground_.initial, 1), {});
    return {made.delta.view().begin(), made.delta.view().end()};
  }
  /// What worker `index` sends.
  Update sent(uint32_t index) const {
    Update u = update(Role::worker, index);
    if (index == 3)
      for (double& x : u) x *= -3;
    return u;
  }
  /// Trains the round and expects the initial weights plus the mean of what the groups' rules make of their rows.
  template <class Aggregate>
  void expect(Aggregate aggregate) {
    const auto weights = Training(options_, Catalogue{}).run().weights;
    const Update even = aggregate(0, std::vector{sent(0), sent(2)}), odd = aggregate(1, std::vector{sent(1), sent(3)});
    const auto before = ground_.initial.view();
    ASSERT_EQ(weights.size(), before.size());
    for (size_t i = 0; i < weights.size(); ++i)
      ASSERT_NEAR(weights[i], before[i] + (even[i] + odd[i]) / 2, 1e-7) << "parameter " << i;
  }
  static Update mean(const std::vector<Update>& rows, size_t d) {
    Update out(d, 0.0);
    for (const Update& row : rows)
      for (size_t i = 0; i < d; ++i) out[i] += row[i] / static_cast<double>(rows.size());
    return out;
  }

  TrainingOptions options_ = blobs(4, 2, 3);
  const Ground ground_{options_};
  const size_t d_ = ground_.training.layout.dimension();
};

TEST_F(ExchangeTest, AveragesEachGroupAndThenTheGroups) {
  options_.rule = {.name = "average", .parameters = {}, .granularity = Granularity::block};
  expect([&](uint32_t, const std::vector<Update>& rows) { return mean(rows, d_); });
}

TEST_F(ExchangeTest, ZenoJudgesEachBlockByTheGroupsOwnValidator) {
  int accepted = 0, refused = 0;
  expect([&](uint32_t group, const std::vector<Update>& rows) {
    const Update v = update(Role::validator, group);
    Update out(d_, 0.0);
    for (const Block& block : ground_.training.layout.blocks()) {
      std::vector<const Update*> kept;
      for (const Update& u : rows) {
        double uv = 0, vv = 0, uu = 0;
        for (size_t i = block.offset; i < block.offset + block.size; ++i) {
          uv += u[i] * v[i];
          vv += v[i] * v[i];
          uu += u[i] * u[i];
        }
        const bool good = uv > 0 * vv && uu < 1.6 * vv;
        ++(good ? accepted : refused);
        if (good) kept.push_back(&u);
      }
      for (const Update* u : kept)
        for (size_t i = block.offset; i < block.offset + block.size; ++i)
          out[i] += (*u)[i] / static_cast<double>(kept.size());
    }
    return out;
  });
  EXPECT_GT(accepted, 0);
  EXPECT_GE(refused, 2) << "both blocks of the liar";
}

// zeno-ps: A.7: it stays in the denominator.
TEST_F(ExchangeTest, ABlockThatAWorkerLeavesOutCountsAsARowOfZeros) {
  options_.rule = {.name = "average", .parameters = {}, .granularity = Granularity::block};
  options_.train.sparsity = 0.5;
  const Participation participation(options_.train, ground_.training.layout, options_.seed);
  uint32_t worker_of_row[2][2] = {{0, 2}, {1, 3}};
  int left_out = 0;
  expect([&](uint32_t group, std::vector<Update> rows) {
    for (uint32_t k = 0; k < 2; ++k)
      for (uint32_t b = 0; b < ground_.training.layout.blocks().size(); ++b) {
        if (participation.sends(worker_of_row[group][k], 1, b)) continue;
        const Block& block = ground_.training.layout.blocks()[b];
        std::fill_n(rows[k].begin() + static_cast<ptrdiff_t>(block.offset), block.size, 0.0);
        ++left_out;
      }
    return mean(rows, d_);
  });
  EXPECT_GT(left_out, 0);
  EXPECT_LT(left_out, 8);
}

}  // namespace
}  // namespace zenops
