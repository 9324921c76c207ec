#include "actors/judge.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "actors/wire/centre.capnp.h"
#include "actors/wire/survival.capnp.h"

namespace zenops {
namespace {

using testing::ElementsAre;
using State = wire::State;

// Two blocks, one segment each: one for each of two shards.
const Layout layout({{"a", {1000}}, {"b", {1000}}});

Envelope measured(uint32_t shard, std::vector<State> states, std::vector<double> products = {}, bool trusted = true,
                  uint32_t round = 1, const std::set<uint32_t>& quarantined = {}, uint32_t step = 0) {
  return Envelope::of<wire::Measured>([&](wire::Measured::Builder m) {
    m.setRound(round);
    m.setStep(step == 0 ? round : step);
    m.setShard(shard);
    m.setTrusted(trusted);
    auto rows = m.initRows(static_cast<uint32_t>(states.size()));
    for (uint32_t k = 0; k < states.size(); ++k) {
      rows[k].setWorker(10 + k);
      rows[k].setIncarnation(1);
      rows[k].setState(states[k]);
      rows[k].setQuarantined(quarantined.contains(10 + k));
      if (states[k] == State::REFUSED) rows[k].setRefusal(static_cast<uint8_t>(Ec::not_finite));
      rows[k].initBlocks(2).set(shard, states[k] == State::TAKEN);
    }
    auto p = m.initProducts(static_cast<uint32_t>(products.size()));
    for (uint32_t k = 0; k < products.size(); ++k) p.set(k, products[k]);
  });
}

class JudgeTest : public testing::Test {
 protected:
  void use(const std::string& rule, const Parameters& parameters, Granularity granularity = Granularity::block) {
    rule_ = Rules::standard().find(rule)->make(parameters);
    judge_ = std::make_unique<Judge>(*rule_, layout, 2, Judge::Options{.granularity = granularity});
  }
  Expected<bool> offer(const Envelope& e) { return judge_->offer(Msg<wire::Measured>(e)); }
  std::vector<uint32_t> entering() {
    const Envelope e = judge_->plan();
    std::vector<uint32_t> out;
    for (uint32_t w : Msg<wire::Plan>(e)->getWorkers()) out.push_back(w);
    return out;
  }
  std::unique_ptr<const Rule> rule_;
  std::unique_ptr<Judge> judge_;
};

TEST_F(JudgeTest, AnotherRuleJudgesWhatComesAfterIt) {
  use("average", {});
  offer(measured(0, {State::TAKEN}));
  ASSERT_TRUE(*offer(measured(1, {State::TAKEN})));
  EXPECT_THAT(entering(), ElementsAre(10));
  const Judge::Ruling ruling{Rules::standard().find("zeno")->make({{"eta", 0}, {"rho", 0.6}}),
                             [](size_t, size_t) { return std::optional<std::string>("too few"); }};
  judge_->judge_by(ruling);
  EXPECT_FALSE(offer(measured(0, {State::TAKEN}, {}, true, 2))) << "it needs products now";
  judge_->judge_by({ruling.rule, {}});
  // One row, one segment: its norm, its product with the trusted row, and that one's norm.
  EXPECT_FALSE(*offer(measured(0, {State::TAKEN}, {1, 1, 1}, true, 3)));
  EXPECT_TRUE(*offer(measured(1, {State::TAKEN}, {1, 1, 1}, true, 3)));
  EXPECT_THAT(entering(), ElementsAre(10));
  judge_->judge_by(ruling);
  offer(measured(0, {State::TAKEN}, {1, 1, 1}, true, 4));
  offer(measured(1, {State::TAKEN}, {1, 1, 1}, true, 4));
  const Envelope plan = judge_->plan();
  EXPECT_STREQ(Msg<wire::Plan>(plan)->getNote().cStr(), "too few: no update");
}

TEST_F(JudgeTest, WaitsForEveryShard) {
  use("average", {});
  EXPECT_FALSE(*offer(measured(0, {State::TAKEN})));
  EXPECT_FALSE(*offer(measured(0, {State::TAKEN}))) << "the same shard again";
  EXPECT_TRUE(*offer(measured(1, {State::TAKEN})));
}

TEST_F(JudgeTest, ARowRefusedOrMissedByOneShardEntersNowhere) {
  use("average", {});
  *offer(measured(0, {State::TAKEN, State::REFUSED, State::TAKEN, State::TAKEN, State::INACTIVE}));
  *offer(measured(1, {State::TAKEN, State::TAKEN, State::ABSENT, State::LOST, State::TAKEN}));
  EXPECT_THAT(entering(), ElementsAre(10));
  const Envelope e = judge_->plan();
  const Msg<wire::Plan> plan(e);
  EXPECT_EQ(plan->getRows()[1].getState(), State::REFUSED);
  EXPECT_EQ(static_cast<Ec>(plan->getRows()[1].getRefusal()), Ec::not_finite);
  EXPECT_EQ(plan->getRows()[2].getState(), State::ABSENT);
  EXPECT_EQ(plan->getRows()[3].getState(), State::LOST);
  EXPECT_EQ(plan->getRows()[4].getState(), State::INACTIVE);
}

TEST_F(JudgeTest, JudgesEachBlockByItsOwnProductsOfTheRowsThatEnter) {
  use("zeno", {{"eta", 0}, {"rho", 0.6}});
  // Shard 0 took all three rows, shard 1 lacks the second: its products there must not be mistaken for the third's.
  *offer(measured(0, {State::TAKEN, State::TAKEN, State::TAKEN}, {1, 900, 1, 1, -30, -1, 1}));
  *offer(measured(1, {State::TAKEN, State::ABSENT, State::TAKEN}, {2, 1, 1, 1, 1}));
  EXPECT_THAT(entering(), ElementsAre(10, 12));
  const Envelope e = judge_->plan();
  const Msg<wire::Plan> plan(e);
  auto verdict = [&](uint32_t block, uint32_t row) { return static_cast<Verdict>(plan->getBlocks()[block].getVerdicts()[row]); };
  EXPECT_EQ(verdict(0, 0), Verdict::accepted);
  EXPECT_EQ(verdict(0, 1), Verdict::opposes);
  EXPECT_EQ(verdict(1, 0), Verdict::too_long);
  EXPECT_EQ(verdict(1, 1), Verdict::accepted);
}

// FedAvg (McMahan et al. 2017, Algorithm 1): n_k / Σ n of those who answered.
TEST_F(JudgeTest, AWeightedAverageCountsEachRowByItsSendersSamplesAmongThoseThatEnter) {
  rule_ = Rules::standard().find("weighted_average")->make({});
  std::vector<double> counts(13, 1000);
  counts[10] = 300, counts[11] = 50, counts[12] = 100;
  judge_ = std::make_unique<Judge>(*rule_, layout, 2, Judge::Options{.counts = counts});
  *offer(measured(0, {State::TAKEN, State::ABSENT, State::TAKEN}));
  *offer(measured(1, {State::TAKEN, State::ABSENT, State::TAKEN}));
  const Envelope e = judge_->plan();
  const Msg<wire::Plan> plan(e);
  for (auto block : plan->getBlocks()) {
    ASSERT_EQ(block.getWeights().size(), 2u);
    EXPECT_EQ(block.getWeights()[0], 0.75f);
    EXPECT_EQ(block.getWeights()[1], 0.25f);
  }
}

TEST_F(JudgeTest, AtModelGranularityAddsTheBlocksUpFirst) {
  use("zeno", {{"eta", 0}, {"rho", 0.6}}, Granularity::model);
  // The first block alone opposes; together they agree.
  *offer(measured(0, {State::TAKEN}, {1, -1, 1}));
  *offer(measured(1, {State::TAKEN}, {2, 5, 3}));
  const Envelope e = judge_->plan();
  const Msg<wire::Plan> plan(e);
  ASSERT_EQ(plan->getBlocks().size(), 2u);
  for (auto block : plan->getBlocks()) EXPECT_EQ(static_cast<Verdict>(block.getVerdicts()[0]), Verdict::accepted);
}

TEST_F(JudgeTest, WithoutATrustedRowARuleThatNeedsOneAddsNothingAndSaysSo) {
  use("zeno", {{"eta", 0}, {"rho", 0.6}});
  *offer(measured(0, {State::TAKEN}, {}, false));
  *offer(measured(1, {State::TAKEN}, {1, 1, 1}));
  const Envelope e = judge_->plan();
  EXPECT_THAT(entering(), ElementsAre());
  EXPECT_THAT(Msg<wire::Plan>(e)->getNote().cStr(), testing::HasSubstr("no update"));
}

TEST_F(JudgeTest, AQuarantinedRowIsTriedAndDoesNotEnter) {
  use("zeno", {{"eta", 0}, {"rho", 0.6}});
  const auto all = {State::TAKEN, State::TAKEN, State::TAKEN};
  // In the first block the second row opposes, in the second it agrees.
  ASSERT_FALSE(*offer(measured(0, all, {1, 1, 1, 1, -1, 1, 1}, true, 1, {11})));
  ASSERT_TRUE(*offer(measured(1, all, {1, 1, 1, 1, 1, 1, 1}, true, 1, {11})));
  EXPECT_THAT(entering(), ElementsAre(10, 12));
  const Envelope e = judge_->plan();
  const Msg<wire::Plan> plan(e);
  EXPECT_EQ(plan->getBlocks()[0].getVerdicts().size(), 2u);
  const auto row = plan->getRows()[1];
  EXPECT_TRUE(row.getQuarantined());
  ASSERT_EQ(row.getVerdicts().size(), 2u);
  EXPECT_EQ(static_cast<Verdict>(row.getVerdicts()[0]), Verdict::opposes);
  EXPECT_EQ(static_cast<Verdict>(row.getVerdicts()[1]), Verdict::accepted);
  EXPECT_EQ(plan->getRows()[0].getVerdicts().size(), 0u);
  EXPECT_FALSE(plan->getRows()[0].getQuarantined());
}

TEST_F(JudgeTest, AsksForAnotherMedianOnceWhereAShardTookWhatDoesNotEnter) {
  use("aksel", {});
  // Norms, dots, the median's norm, gaps.
  *offer(measured(0, {State::TAKEN, State::TAKEN}, {1, 1, 1, 1, 1, 0, 0}, true, 1, {11}));
  ASSERT_TRUE(*offer(measured(1, {State::TAKEN, State::TAKEN}, {1, 1, 1, 1, 1, 0, 0}, true, 1, {11})));
  EXPECT_FALSE(judge_->centre()) << "a quarantined row is in no median";
  *offer(measured(0, {State::TAKEN, State::TAKEN}, {1, 1, 1, 1, 1, 0, 0}, true, 2));
  ASSERT_TRUE(*offer(measured(1, {State::TAKEN, State::REFUSED}, {1, 1, 1, 0}, true, 2)));
  const auto asked = judge_->centre();
  ASSERT_TRUE(asked);
  const Msg<wire::Centre> centre(*asked);
  EXPECT_EQ(centre->getRound(), 2u);
  ASSERT_EQ(centre->getWorkers().size(), 1u);
  EXPECT_EQ(centre->getWorkers()[0], 10u);
  EXPECT_FALSE(*offer(measured(0, {State::TAKEN, State::TAKEN}, {1, 1, 1, 1, 1, 0, 0}, true, 2)));
  EXPECT_TRUE(*offer(measured(1, {State::TAKEN, State::REFUSED}, {1, 1, 1, 0}, true, 2)));
  EXPECT_FALSE(judge_->centre()) << "what comes again is judged";
  EXPECT_THAT(entering(), ElementsAre(10));
}

class PastLengthsTest : public JudgeTest {
 protected:
  PastLengthsTest() { use("clipped_clustering", {}); }
  /// The weight of one row of that length in the first block.
  float weight(double length, uint32_t round, uint32_t step) {
    *offer(measured(0, {State::TAKEN}, {length * length}, true, round, {}, step));
    EXPECT_TRUE(*offer(measured(1, {State::TAKEN}, {1}, true, round, {}, step)));
    const Envelope e = judge_->plan();
    return Msg<wire::Plan>(e)->getBlocks()[0].getWeights()[0];
  }
};

TEST_F(PastLengthsTest, ArePassedOnToTheNextStep) {
  EXPECT_FLOAT_EQ(weight(2, 1, 1), 1);
  EXPECT_FLOAT_EQ(weight(8, 2, 2), 5.0f / 8) << "cut to the median of 2 and 8";
  EXPECT_FLOAT_EQ(weight(100, 3, 3), 8.0f / 100) << "of 2, 8 and 100";
}

// Otherwise a round that some shard did not commit would count twice, and the bits depend on who fell.
TEST_F(PastLengthsTest, OfAStepThatIsTakenAgainCountOnce) {
  weight(2, 1, 1);
  EXPECT_FLOAT_EQ(weight(8, 2, 2), 5.0f / 8);
  EXPECT_FLOAT_EQ(weight(8, 3, 2), 5.0f / 8);
  EXPECT_FLOAT_EQ(weight(100, 4, 3), 8.0f / 100);
}

TEST_F(PastLengthsTest, ComeBackWithWhatWasSaved) {
  weight(2, 1, 1);
  weight(8, 2, 2);
  ActorState state;
  judge_->save(state);
  const Envelope kept = Envelope::of<wire::ActorState>([&](wire::ActorState::Builder out) { write_numbers(state, out); });
  use("clipped_clustering", {});
  judge_->restore(*read_state(*Msg<wire::ActorState>(kept), {}));
  EXPECT_FLOAT_EQ(weight(100, 3, 3), 8.0f / 100);
}

// 10 000 of each would be more words than a frame may have, and between processes nobody would get the state.
TEST_F(PastLengthsTest, OfManyBlocksFitIntoAFrameAndTheNewestStay) {
  std::vector<Block> blocks(120, {.name = "w", .shape = {4}});
  blocks.insert(blocks.begin(), 300, {.name = "mean", .shape = {4}, .buffer = true, .exchange = Exchange::trusted});
  for (size_t b = 0; b < blocks.size(); ++b) blocks[b].name += std::to_string(b);
  Judge judge(*rule_, Layout(blocks), 1, {});
  ActorState full;
  full.norms.resize(300);
  for (int b = 0; b < 120; ++b) {
    auto& norms = full.norms.emplace_back();
    for (size_t k = 1; k <= kPastNorms; ++k) norms.push_back(1.0 / static_cast<double>(k));
  }
  judge.restore(full);
  const Envelope e = Envelope::of<wire::Measured>([&](wire::Measured::Builder m) {
    m.setRound(1);
    m.setStep(1);
    m.setTrusted(true);
    auto row = m.initRows(1)[0];
    row.setState(State::TAKEN);
    row.initBlocks(420);
    auto squares = m.initProducts(420);
    for (uint32_t k = 0; k < 420; ++k) squares.set(k, 2);
  });
  ASSERT_TRUE(*judge.offer(Msg<wire::Measured>(e)));
  judge.plan();

  ActorState state;
  judge.save(state);
  const Envelope saved = Envelope::of<wire::Saved>([&](wire::Saved::Builder out) { write(state, out.initState()); });
  EXPECT_LT(saved.words.size(), Envelope::max_words / 2);
  const auto read = from_bytes(to_bytes(saved));
  ASSERT_TRUE(read) << read.error().what;
  const Msg<wire::Saved> message(*read);
  const auto state_again = read_state(message->getState(), {});
  ASSERT_TRUE(state_again);
  EXPECT_EQ(state_again->norms, state.norms) << "bit for bit";
  ASSERT_EQ(state.norms.size(), 420u);
  for (size_t b = 0; b < 420; ++b) {
    if (b < 300) {
      ASSERT_TRUE(state.norms[b].empty()) << "nothing of what is not judged";
      continue;
    }
    ASSERT_EQ(state.norms[b].size(), Judge::most_norms / 120);
    EXPECT_EQ(state.norms[b].back(), std::sqrt(2.0));
    EXPECT_EQ(state.norms[b].end()[-2], 1.0 / kPastNorms);
  }
}

TEST_F(PastLengthsTest, AreForgottenWithTheRule) {
  weight(2, 1, 1);
  const Judge::Ruling again{Rules::standard().find("clipped_clustering")->make({}), {}};
  judge_->judge_by(again);
  EXPECT_FLOAT_EQ(weight(8, 2, 2), 1);
}

TEST_F(JudgeTest, OfSignsAndDrawnTablesOnlyTheRowsThatEnterCount) {
  use("signguard", {{"lower", 0.1}, {"upper", 3}});
  // Norms, positives, negatives; the second row comes to the first shard alone.
  *offer(measured(0, {State::TAKEN, State::TAKEN, State::TAKEN}, {1, 1e6, 1, 900, 0, 900, 100, 1000, 100}));
  ASSERT_TRUE(*offer(measured(1, {State::TAKEN, State::ABSENT, State::TAKEN}, {1, 1, 900, 900, 100, 100})));
  const Envelope e = judge_->plan();
  const Msg<wire::Plan> plan(e);
  for (auto block : plan->getBlocks()) {
    ASSERT_EQ(block.getWeights().size(), 2u);
    for (const float weight : block.getWeights()) EXPECT_EQ(weight, 0.5f);
  }
  use("dnc", {{"f", 1}, {"c", 1}, {"r", 10}, {"iterations", 1}});
  // Norms, distances and inner products of three rows, of which the third stands out.
  const std::vector<double> table = {1, 1, 101, 0.1, 100, 100, 1, 1, 1};
  *offer(measured(0, {State::TAKEN, State::TAKEN, State::TAKEN}, table));
  ASSERT_TRUE(*offer(measured(1, {State::TAKEN, State::TAKEN, State::TAKEN}, table)));
  const Envelope other = judge_->plan();
  for (auto block : Msg<wire::Plan>(other)->getBlocks()) EXPECT_EQ(block.getWeights()[2], 0);
}

TEST_F(JudgeTest, ANewRoundForgetsTheOldOne) {
  use("average", {});
  *offer(measured(0, {State::TAKEN, State::TAKEN}));
  EXPECT_FALSE(*offer(measured(1, {State::TAKEN}, {}, true, 2)));
  EXPECT_FALSE(*offer(measured(1, {State::TAKEN, State::TAKEN}))) << "the old round again";
  EXPECT_TRUE(*offer(measured(0, {State::TAKEN}, {}, true, 2)));
  EXPECT_THAT(entering(), ElementsAre(10));
}

TEST_F(JudgeTest, RefusesMeasurementsThatContradictThemselves) {
  use("zeno", {{"eta", 0}, {"rho", 0.6}});
  EXPECT_EQ(offer(measured(2, {State::TAKEN}, {1, 1, 1})).error().code, Ec::malformed) << "no such shard";
  EXPECT_EQ(offer(measured(0, {State::TAKEN}, {1, 1})).error().code, Ec::malformed) << "a product is missing";
  ASSERT_TRUE(offer(measured(0, {State::TAKEN}, {1, 1, 1}, true, 2)));
  EXPECT_EQ(offer(measured(1, {State::TAKEN, State::TAKEN}, {1, 1, 1, 1, 1}, true, 2)).error().code, Ec::malformed)
      << "another number of members";
}

}  // namespace
}  // namespace zenops
