// Training in which workers compress what they send.
#include <gmock/gmock.h>

#include "tests/actors/blobs.hpp"
#include "tests/actors/trained.hpp"

namespace zenops {
namespace {

using Kind = CompressionOptions::Kind;

using Case = std::tuple<Kind, Unsent, Mode>;
class CompressedTrainingTest : public testing::TestWithParam<Case> {
 protected:
  static TrainingOptions options(Case made) {
    const auto [kind, unsent, mode] = made;
    TrainingOptions o = blobs(6, 2, 2);
    o.train.compression = {kind, 0.2};
    o.train.error = unsent;
    o.train.mode = mode;
    o.train.rounds = 20;
    o.rule.parameters = {{"eta", 0}, {"rho", 4}};  // with feedback honest updates are longer than the validator's
    if (mode == Mode::async) {
      o.rule = {.name = "zenopp", .parameters = {{"eta", -0.02}}};
      o.async.alpha = 0.5;
      o.delays = {{"worker/0", DelayOptions::Kind::exponential, 1, 0},
                  {"worker/*", DelayOptions::Kind::uniform, 0, 0.4}};
    }
    return o;
  }
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  const char* kinds[] = {"none", "top_k", "sign", "bf16"};
  const auto [kind, unsent, mode] = info.param;
  return std::string(kinds[static_cast<int>(kind)]) + (unsent == Unsent::reset ? "_reset" : "_feedback") +
         (mode == Mode::sync ? "_sync" : "_async");
}

INSTANTIATE_TEST_SUITE_P(All, CompressedTrainingTest,
                         testing::Combine(testing::Values(Kind::top_k, Kind::sign, Kind::bf16),
                                          testing::Values(Unsent::reset, Unsent::feedback),
                                          testing::Values(Mode::sync, Mode::async)),
                         name_of);

TEST_P(CompressedTrainingTest, LearnsAmongLiars) {
  auto o = options(GetParam());
  o.attacks = {attack("negative", 20, 1, {1})};
  EXPECT_GT(run(o).result.evaluation.accuracy, 0.85);
}

TEST_P(CompressedTrainingTest, HasTheSameBitsHoweverItIsCut) {
  auto o = options(GetParam());
  o.train.rounds = 6;
  o.data.parameters = {{"features", 700}};  // blocks that are cut between shards
  o.train.subsample = 0.7;
  o.train.sparsity = 0.2;
  o.attacks = {attack("random", 2, 0.2)};
  const auto expected = run(o).result.weights;
  EXPECT_TRUE(finite(expected));
  struct Way {
    uint32_t shards;
    int threads;
    bool serialize;
  };
  for (const Way way : {Way{1, 1, false}, Way{3, 3, false}, Way{2, 1, true}, Way{3, 2, true}}) {
    o.cluster.shards = way.shards;
    o.cluster.threads = way.threads;
    o.cluster.serialize = way.serialize;
    EXPECT_EQ(run(o).result.weights, expected) << way.shards << " shards, " << way.threads << " threads";
  }
}

TEST_P(CompressedTrainingTest, NaNAndInfNeverReachTheModel) {
  for (const char* lie : {"nan", "inf"}) {
    auto o = options(GetParam());
    o.train.rounds = 4;
    o.attacks = {{.name = lie, .parameters = {}, .rate = 1, .workers = {3}}};
    const auto r = run(o);
    EXPECT_TRUE(finite(r.result.weights)) << lie;
    EXPECT_GT(r.result.tally.poisoned, 0u);
    EXPECT_EQ(r.result.tally.poisoned_accepted, 0u);
    for (const auto& round : r.rounds)
      for (const auto& worker : round.workers)
        EXPECT_EQ(worker.state == "not finite", worker.worker == 3) << lie << ": " << worker.state;
  }
}

TEST(CompressionTrainingTest, WorkersSendFewerBytes) {
  auto bytes = [](Kind kind) {
    auto o = blobs(5, 1, 1);
    o.data.parameters = {{"features", 700}};
    o.train.compression = {kind, 0.01};
    uint64_t sum = 0;
    for (const auto& round : run(o).rounds) sum += round.traffic.at("worker").sent;
    return static_cast<double>(sum);
  };
  const double dense = bytes(Kind::none);
  EXPECT_LT(bytes(Kind::top_k), 0.05 * dense);
  EXPECT_LT(bytes(Kind::sign), 0.05 * dense);
  EXPECT_LT(bytes(Kind::bf16), 0.52 * dense);
}

// Karimireddy et al. 2019: what is lost now is only late. With a reset the small numbers never come.
TEST(CompressionTrainingTest, FeedbackGetsFurtherThanAResetWhenLittleIsSent) {
  auto loss = [](Unsent unsent) {
    auto o = blobs();
    o.rule = {.name = "average", .parameters = {}};
    o.train.rounds = 40;
    o.train.compression = {Kind::top_k, 0.02};
    o.train.error = unsent;
    return run(o).result.evaluation.loss;
  };
  EXPECT_LT(loss(Unsent::feedback), 0.9 * loss(Unsent::reset));
}

// Sending everything is not sending less: the bits are those of a run that does not compress.
TEST(CompressionTrainingTest, TopKOfAllIsNoCompression) {
  auto o = blobs();
  const auto expected = run(o).result.weights;
  o.train.compression = {Kind::top_k, 1};
  for (const Unsent unsent : {Unsent::reset, Unsent::feedback}) {
    o.train.error = unsent;
    EXPECT_EQ(run(o).result.weights, expected);
  }
}

}  // namespace
}  // namespace zenops
