// What becomes of running statistics in a round, for each policy, against the learners' own changes.
#include <gmock/gmock.h>

#include "actors/local_worker.hpp"
#include "tests/actors/ground.hpp"
#include "tests/actors/noise_images.hpp"

namespace zenops {
namespace {

using testing::Each;
using testing::ElementsAreArray;
using testing::FloatNear;
using testing::Not;
using testing::Pointwise;

class BatchNormTest : public testing::Test {
 protected:
  BatchNormTest() {
    options_ = blobs(2, 1, 3);
    options_.data.name = "noise";
    options_.data.batch = 4;
    options_.model.name = "cifar_resnet20_v1";
    options_.train.rounds = 1;
    options_.train.local_steps = 1;
    options_.rule = {.name = "average", .parameters = {}, .granularity = Granularity::block};
  }
  void choose_rule(const std::string& name) {
    options_.rule = {.name = name, .parameters = with_defaults(*catalogue_.rules.find(name), {})};
  }
  std::vector<float> trained() const { return Training(options_, catalogue_).run().weights; }
  /// What the model's buffers are in `flat`.
  std::vector<float> buffers(std::span<const float> flat) const {
    std::vector<float> out;
    for (const Block& block : ground().training.layout.blocks())
      if (block.buffer)
        out.insert(out.end(), flat.begin() + static_cast<ptrdiff_t>(block.offset),
                   flat.begin() + static_cast<ptrdiff_t>(block.offset + block.size));
    return out;
  }
  /// The initial buffers plus the mean change that these learners make in round 1.
  std::vector<float> moved_by(Role role, std::initializer_list<uint32_t> indices) const {
    std::vector<float> sum = buffers(ground().initial.view());
    for (uint32_t i : indices) {
      auto learner = ground().learner(options_, role, i);
      const auto change =
          buffers(learner.update(0, 1, options_.train.optimizer.lr, std::span(&ground().initial, 1), {}).delta.view());
      for (size_t k = 0; k < sum.size(); ++k) sum[k] += change[k] / static_cast<float>(indices.size());
    }
    return sum;
  }
  const Ground& ground() const {
    if (!ground_) ground_ = std::make_unique<Ground>(options_, catalogue_);
    return *ground_;
  }
  const Catalogue catalogue_ = with_noise();
  TrainingOptions options_;
  mutable std::unique_ptr<Ground> ground_;
};

TEST_F(BatchNormTest, OfTheValidatorsMoveWithTheirOwnUpdatesWhateverTheRuleNeeds) {
  for (const char* rule : {"average", "zeno"}) {
    options_.rule.name = rule;
    EXPECT_THAT(buffers(trained()), Pointwise(FloatNear(1e-6f), moved_by(Role::validator, {0}))) << rule;
  }
}

TEST_F(BatchNormTest, OfSeveralValidatorsAreTheirMean) {
  options_.cluster.validators = 2;
  EXPECT_THAT(buffers(trained()), Pointwise(FloatNear(1e-6f), moved_by(Role::validator, {0, 1})));
}

TEST_F(BatchNormTest, OfTheValidatorsMoveOnceWithEachOfTheirUpdatesInAsynchronousTraining) {
  options_.train.mode = Mode::async;
  for (const char* rule : {"naive_async", "zenopp"}) {
    choose_rule(rule);
    EXPECT_THAT(buffers(trained()), Pointwise(FloatNear(1e-6f), moved_by(Role::validator, {0}))) << rule;
  }
}

TEST_F(BatchNormTest, OfTheValidatorsAreOutOfReachOfWorkersWhoLie) {
  const auto honest = trained();
  options_.attacks = {attack("negative", 1000, 1)};
  const auto lied_to = trained();
  EXPECT_THAT(buffers(lied_to), ElementsAreArray(buffers(honest)));
  EXPECT_NE(lied_to, honest) << "it was no lie";
}

TEST_F(BatchNormTest, OfTheValidatorsAreNoMessagesOfWorkers) {
  RoundReport report;
  Training(options_, catalogue_).run([&](const RoundReport& r) { report = r; });
  const auto judged =
      std::ranges::count_if(ground().training.layout.blocks(), [](const Block& b) { return !b.buffer; });
  EXPECT_EQ(report.workers[0].accepted, judged);
  EXPECT_EQ(report.tally.honest, 2u * static_cast<uint64_t>(judged));
}

TEST_F(BatchNormTest, AveragedOnesAreCombinedByTheRule) {
  options_.model.batch_norm = BatchNormPolicy::average;
  EXPECT_THAT(buffers(trained()), Pointwise(FloatNear(1e-6f), moved_by(Role::worker, {0, 1})));
}

// A statistic has no gradient: it moves as far as the pass moved it, whatever is sent and however the server steps.
TEST_F(BatchNormTest, TheyMoveAsEverWhenGradientsAreSentAndTheServerHasAnOptimizer) {
  for (const auto policy : {BatchNormPolicy::validator, BatchNormPolicy::average})
    for (const Send send : {Send::gradient, Send::momentum}) {
      options_.model.batch_norm = policy;
      options_.train.send = Send::delta;
      options_.train.server = {};
      ground_.reset();
      const auto expected = policy == BatchNormPolicy::validator ? moved_by(Role::validator, {0}) : moved_by(Role::worker, {0, 1});
      options_.train.send = send;
      for (const auto kind : {ServerOptions::Kind::sgd, ServerOptions::Kind::adam}) {
        options_.train.server = {.kind = kind, .lr = 0.25f};
        EXPECT_THAT(buffers(trained()), Pointwise(FloatNear(1e-6f), expected));
      }
    }
}

TEST_F(BatchNormTest, AveragedOnesOfALiarAreRefusedByARobustRule) {
  options_.model.batch_norm = BatchNormPolicy::average;
  options_.rule.name = "zeno";
  options_.rule.parameters = {{"eta", 0}, {"rho", 1}};
  options_.attacks = {attack("negative", 1000, 1, {1})};
  const auto made = buffers(trained()), before = buffers(ground().initial.view()), honest = moved_by(Role::worker, {0});
  size_t taken = 0;
  for (size_t i = 0; i < made.size(); ++i) {
    if (made[i] == before[i]) continue;  // nobody's was taken
    ASSERT_NEAR(made[i], honest[i], 1e-6f) << i;
    ++taken;
  }
  EXPECT_GT(taken, made.size() / 4);
}

TEST_F(BatchNormTest, LocalOnesStayAsTheyWereMade) {
  options_.model.batch_norm = BatchNormPolicy::local;
  EXPECT_THAT(buffers(trained()), ElementsAreArray(buffers(ground().initial.view())));
}

// The residual of what was not sent is for judged blocks; statistics begin each round as the shards have them.
TEST_F(BatchNormTest, StatisticsAreNoPartOfAResidual) {
  options_.train.sparsity = .5;
  options_.train.rounds = 3;
  LocalWorker worker(0, ground().training, options_.train, options_.data.batch, options_.seed);
  const Attacks attacks = Attacks::standard();
  const Adversary honest(attacks, {}, 1);
  auto work = [&](uint32_t round) { return worker.work(0, round, 1e-30f, std::span(&ground().initial, 1), honest); };
  const auto first = work(1), second = work(2);
  LocalWorker afresh(0, ground().training, options_.train, options_.data.batch, options_.seed);
  const auto without = afresh.work(0, 2, 1e-30f, std::span(&ground().initial, 1), honest);
  EXPECT_THAT(buffers(second.update.view()), ElementsAreArray(buffers(without.update.view())));
  EXPECT_THAT(buffers(first.update.view()), Not(Each(0.f))) << "they moved";
}

// Judged as a whole, a row is compared with the validator's update without the statistics that only the latter has.
TEST_F(BatchNormTest, StatisticsDoNotWeighInAWholeModelsVerdict) {
  options_.rule = {.name = "zeno", .parameters = {{"eta", .1}, {"rho", 1}}, .granularity = Granularity::model};
  options_.train.optimizer.lr = 1e-3f;  // next to the statistics' steps the weights' are small
  RoundReport report;
  Training(options_, catalogue_).run([&](const RoundReport& r) { report = r; });
  EXPECT_GT(report.workers[0].accepted, 0u);
}

}  // namespace
}  // namespace zenops
