#include "actors/backdoor.hpp"

#include <gmock/gmock.h>

#include "actors/training.hpp"
#include "models/partition.hpp"
#include "tests/actors/blobs.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;

/// Grey images of 8 × 8, dark but for one row, which is the label, and noise. What is in the corner below on the right says little: only
/// the row of label 7 reaches it.
Samples rows_of_light(size_t count, uint32_t index, uint64_t seed) {
  Samples samples;
  samples.height = samples.width = samples.classes = 8;
  samples.channels = 1;
  Stream stream({seed, Role::data, index, Purpose::initial});
  std::vector<float> pixels;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t label = stream.below(8);
    for (uint32_t y = 0; y < 8; ++y)
      for (uint32_t x = 0; x < 8; ++x) pixels.push_back((y == label ? 0.6f : 0) + 0.3f * stream.normal());
    samples.labels.push_back(static_cast<uint16_t>(label));
  }
  samples.values = std::move(pixels);
  return samples;
}

Catalogue with_images() {
  Catalogue catalogue;
  catalogue.datasets.add({{"rows_of_light", "", "", {}}, "", "", [](const DataOptions&, uint64_t seed) {
                            return Dataset{rows_of_light(6000, 0, seed), rows_of_light(1000, 1, seed)};
                          }});
  return catalogue;
}

/// Ten workers of whom three lie.
TrainingOptions images(const AttackOptions& attack) {
  TrainingOptions o = blobs(10);
  o.data.name = "rows_of_light";
  o.data.partition = PartitionKind::iid;
  o.train.rounds = 40;
  o.rule = {};
  o.rule.name = "average";
  o.attacks = {attack};
  o.attacks[0].workers = {0, 4, 7};
  return o;
}

AttackOptions named(const std::string& name) {
  AttackOptions attack;
  attack.name = name;
  return attack;
}

AttackOptions backdoor(double rate = 1) {
  AttackOptions attack = named("backdoor");
  attack.rate = rate;
  attack.parameters = {{"target", 2}, {"size", 3}, {"boost", 5}};
  return attack;
}

Evaluation end_of(const TrainingOptions& options) { return Training(options, with_images()).run().evaluation; }

TEST(BackdoorRunTest, TheMeanTakesTheBackdoorAndAMedianDoesNot) {
  TrainingOptions options = images(backdoor());
  const Evaluation taken = end_of(options);
  ASSERT_TRUE(taken.attack_success);
  EXPECT_GT(*taken.attack_success, 0.8);
  EXPECT_GT(taken.accuracy, 0.8) << "and nobody sees it who does not look for it";
  options.rule.name = "median";
  const Evaluation refused = end_of(options);
  EXPECT_LT(refused.attack_success.value(), 0.25);
  EXPECT_GT(refused.accuracy, 0.9);
}

TEST(BackdoorRunTest, WithoutLiesThePatchSaysNothing) {
  const Evaluation honest = end_of(images(backdoor(0)));
  EXPECT_LT(honest.attack_success.value(), 0.15);
  EXPECT_GT(honest.accuracy, 0.9);
}

TEST(BackdoorRunTest, RunsWithoutABackdoorHaveNoSuccessOfOne) {
  TrainingOptions options = images(named("negative"));
  options.train.rounds = 1;
  EXPECT_FALSE(end_of(options).attack_success);
}

TEST(BackdoorRunTest, EveryEvaluatedRoundSaysHowWellItTook) {
  TrainingOptions options = images(backdoor());
  options.train.rounds = 6;
  options.train.eval_every = 3;
  std::vector<bool> said;
  Training(options, with_images()).run([&](const RoundReport& r) { said.push_back(r.evaluation && r.evaluation->attack_success); });
  EXPECT_THAT(said, testing::ElementsAre(false, false, true, false, false, true));
}

TEST(BackdoorRunTest, IsRefusedForWhatIsNoImage) {
  TrainingOptions options = blobs();
  options.attacks = {backdoor()};
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Training(options, {}); }), HasSubstr("attack: backdoor: its patch needs images, and the samples are 1 × "));
}

TEST(BackdoorRunTest, IsRefusedWithAPatchThatIsLargerThanTheImages) {
  TrainingOptions options = images(backdoor());
  options.attacks[0].parameters["size"] = 9;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Training(options, with_images()); }),
              HasSubstr("attack: size of backdoor: found 9, expected a patch within the images, which are 8 × 8 × 1"));
}

TEST(LabelFlipRunTest, LiarsWhoTrainOnFlippedLabelsHurtTheMeanMoreThanAMedian) {
  TrainingOptions options = images(named("label_flip"));
  options.attacks[0].rate = 1;
  const auto run = [&] { return Training(options, with_images()).run(); };
  const TrainingResult mean = run();
  EXPECT_EQ(mean.tally.poisoned, 3u * 2 * 40) << "two blocks of three liars in every round";
  options.rule.name = "median";
  EXPECT_LT(run().evaluation.loss, mean.evaluation.loss);
  options.attacks[0].rate = 0;
  EXPECT_EQ(run().tally.poisoned, 0u);
}

TEST(SharesRunTest, LiarsWithoutDataOfTheirOwnLeaveTheHonestMore) {
  TrainingOptions options = images(named("label_flip"));
  const Samples train = rows_of_light(6000, 0, 1);
  EXPECT_EQ(share_out(options, train).part(1).size(), 546u);
  options.data.liars = LiarsData::none;
  const Partition partition = share_out(options, train);
  EXPECT_EQ(partition.part(1).size(), 750u);
  EXPECT_EQ(partition.part(0).data(), partition.part(1).data());
  EXPECT_EQ(partition.part(7).data(), partition.part(3).data());
}

TEST(SharesRunTest, OnlyWhoIsNamedAndLiesIsALiar) {
  TrainingOptions options = images(named("none"));
  options.data.liars = LiarsData::none;
  options.attacks.push_back({.name = "negative", .parameters = {}, .rate = 1, .workers = {0, 1}});
  options.attacks.push_back({.name = "negative", .parameters = {}, .rate = 1, .workers = {}});
  const Samples train = rows_of_light(6000, 0, 1);
  const Partition partition = share_out(options, train);
  EXPECT_EQ(partition.trusted().size(), 600u) << "nine are honest: of worker/0 the first entry says so, of those after worker/1 nobody by name";
  EXPECT_EQ(partition.part(1).data(), partition.part(0).data());
}

TEST(SharesRunTest, WhoLiesInSomeOfTheRoundsIsALiar) {
  TrainingOptions options = images(named("none"));
  options.data.liars = LiarsData::none;
  const Samples train = rows_of_light(6000, 0, 1);
  options.attacks = {{.name = "random", .parameters = {}, .rate = 0.1, .workers = {}, .times = {.stop = 20}},
                     {.name = "none", .parameters = {}, .rate = 0, .workers = {1}, .times = {.stop = 10}},
                     {.name = "negative", .parameters = {}, .rate = 1, .workers = {0, 1}, .times = {.start = 20}}};
  const Partition partition = share_out(options, train);
  EXPECT_EQ(partition.part(0).data(), partition.part(2).data());
  EXPECT_EQ(partition.part(1).data(), partition.part(3).data());
}

}  // namespace
}  // namespace zenops
