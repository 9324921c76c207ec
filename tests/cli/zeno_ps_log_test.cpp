#include "cli/zeno_ps_log.hpp"

#include <gtest/gtest.h>

namespace zenops {
namespace {

/// 15 workers with batches of 16 and 10 local steps: 2400 samples a round.
TrainingOptions training(const std::string& rule) {
  TrainingOptions o;
  o.cluster.workers = 15;
  o.data.batch = 16;
  o.train.local_steps = 10;
  o.rule.name = rule;
  return o;
}

RoundReport report(uint32_t epoch, double seconds, std::optional<double> accuracy = {}, Tally tally = {}, std::optional<double> alpha = {}) {
  RoundReport r;
  r.epoch = epoch;
  r.wall_seconds = seconds;
  r.lr = 0.1f;
  if (accuracy) r.evaluation = Evaluation{.loss = 1, .accuracy = *accuracy, .top5 = 1, .classes = {}};
  r.tally = tally;
  r.alpha = alpha;
  return r;
}

TEST(ZenoPsLogTest, IsTheOldLog) {
  ZenoPsLog log("Namespace(alpha=0.8)", training("zeno"));
  std::string text = log.begin();
  text += log.after(report(0, 1, {}, {10, 9, 2, 1}));
  text += log.after(report(1, 2, 0.8123, {10, 8, 2, 0}));
  text += log.after(report(1, 1, {}, {10, 0, 2, 0}));
  text += log.after(report(2, 2, 0.9, {10, 0, 2, 0}));
  EXPECT_EQ(text,
            "Namespace(alpha=0.8)\n"
            "Validator 0, started\n"
            "[Epoch 0] speed: 1600 samples/sec\ttime cost: 3.000000 lr=0.100000\n"
            "[Epoch 0] test: accuracy=0.812300\n"
            "[Epoch 0] validation rate: 0.750000\n"
            "[Epoch 1] speed: 1600 samples/sec\ttime cost: 3.000000 lr=0.100000\n"
            "[Epoch 1] test: accuracy=0.900000\n"
            "[Epoch 1] validation rate: 0.375000\n");
}

TEST(ZenoPsLogTest, OnlyZenosHaveAValidationRate) {
  ZenoPsLog log("Namespace()", training("average"));
  EXPECT_EQ(log.after(report(1, 1, 0.5, {10, 10, 0, 0})),
            "[Epoch 0] speed: 2400 samples/sec\ttime cost: 1.000000 lr=0.100000\n"
            "[Epoch 0] test: accuracy=0.500000\n");
}

TEST(ZenoPsLogTest, SaysWhenAlphaDecays) {
  ZenoPsLog log("Namespace()", training("zenopp"));
  EXPECT_EQ(log.after(report(100, 100, 0.5, {1, 1, 0, 0}, 0.5)).find("decayed"), std::string::npos);
  EXPECT_EQ(log.after(report(100, 1, {}, {}, 0.2)), "");
  EXPECT_EQ(log.after(report(101, 1, 0.6, {}, 0.2)),
            "[Epoch 100] validation alpha decayed: 0.200000\n"
            "[Epoch 100] speed: 2400 samples/sec\ttime cost: 2.000000 lr=0.100000\n"
            "[Epoch 100] test: accuracy=0.600000\n"
            "[Epoch 100] validation rate: 1.000000\n");
}

TEST(ZenoPsLogTest, EpochsThatEndTogetherShareTheRound) {
  ZenoPsLog log("Namespace()", training("average"));
  EXPECT_EQ(log.after(report(2, 4, 0.7)),
            "[Epoch 0] speed: 600 samples/sec\ttime cost: 2.000000 lr=0.100000\n"
            "[Epoch 0] test: accuracy=0.700000\n"
            "[Epoch 1] speed: 600 samples/sec\ttime cost: 2.000000 lr=0.100000\n"
            "[Epoch 1] test: accuracy=0.700000\n");
}

TEST(ZenoPsLogTest, HasTheOldName) { EXPECT_EQ(ZenoPsLog::file_name("neg200_zeno"), "cifar10-validator-0-cpu-neg200_zeno.log"); }

}  // namespace
}  // namespace zenops
