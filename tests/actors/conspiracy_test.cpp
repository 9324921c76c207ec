#include "actors/conspiracy.hpp"

#include <gmock/gmock.h>

#include "actors/wire/compose.hpp"
#include "tests/actors/collusions.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;

/// Blocks of 2, 3 and 2 numbers; the second is a statistic that the validators alone change.
const Layout layout({{"a", {2}}, {"mean", {3}, true, Exchange::trusted}, {"b", {2}}});

std::shared_ptr<Conspiracy::Ground> ground(Granularity granularity = Granularity::block, Sight threat = Sight::rule) {
  return std::make_shared<Conspiracy::Ground>(Conspiracy::Ground{.layout = layout,
                                                                 .participation = Participation({}, layout, 1),
                                                                 .threat_model = threat,
                                                                 .granularity = granularity,
                                                                 .seed = 1,
                                                                 .rules = Rules::standard(),
                                                                 .counts = {},
                                                                 .rows = std::make_shared<Rows>()});
}

Conspiracy::Honest honest(uint32_t worker, std::vector<float> numbers, std::vector<bool> sent = {true, false, true}) {
  Row row(std::shared_ptr<float[]>(new float[7]), 0, 7);
  std::ranges::copy(numbers, row.mutable_view().begin());
  const Envelope push = push_to(layout.shard(0, 1), 1, layout, row, sent);
  auto admitted = door::admit(Msg<wire::Push>(push), 1, layout, layout.shard(0, 1), Sender::worker);
  EXPECT_TRUE(admitted);
  return {worker, *admitted};
}

/// A collusion whose lie is what `collude` makes of what it knows.
struct Made {
  explicit Made(decltype(AttackEntry::collude) collude, Sight sees = Sight::rule) {
    entry.name = "made";
    entry.lie = Lie::collusion;
    entry.sees = sees;
    entry.collude = std::move(collude);
  }
  Adversary::Collusion collusion() const { return {&entry, {}}; }
  AttackEntry entry;
};

std::vector<float> lie_of(Conspiracy& conspiracy, const Adversary::Collusion& collusion) {
  for (size_t part = conspiracy.parts(); part-- > 0;) conspiracy.make(part);
  const Row row = conspiracy.lie(collusion);
  return {row.view().begin(), row.view().end()};
}

void tell_mean(const Knowledge& known, const Parameters&, AttackMemory&, Stream&, std::span<float> lie) {
  std::ranges::copy(known.mean, lie.begin());
}

TEST(ConspiracyTest, ABlockIsLiedAboutFromTheHonestRowsThatBringIt) {
  const Made mean(tell_mean);
  Conspiracy conspiracy(ground(), 1,
                        {honest(0, {1, 2, 9, 9, 9, 10, 20}), honest(2, {3, 4, 9, 9, 9, 0, 0}, {true, false, false})},
                        {{1, mean.collusion()}}, {{"average"}}, {});
  EXPECT_THAT(lie_of(conspiracy, mean.collusion()), ElementsAre(2, 3, 0, 0, 0, 10, 20));
}

TEST(ConspiracyTest, OfABlockThatNoHonestRowBringsTheLieIsZeros) {
  const Made one([](const auto&, const auto&, auto&, auto&, std::span<float> lie) { std::ranges::fill(lie, 1.0f); });
  Conspiracy conspiracy(ground(), 1, {honest(0, {1, 2, 9, 9, 9, 0, 0}, {true, false, false})}, {{1, one.collusion()}}, {{"average"}}, {});
  EXPECT_THAT(lie_of(conspiracy, one.collusion()), ElementsAre(1, 1, 0, 0, 0, 0, 0));
}

TEST(ConspiracyTest, TheModelAsAWholeIsWhatIsJudged) {
  size_t times = 0;
  const Made one([&](const Knowledge& known, const auto&, auto&, auto&, std::span<float> lie) {
    ++times;
    EXPECT_EQ(lie.size(), 4u);
    EXPECT_EQ(known.honest, 2u);
    EXPECT_EQ(known.liars, 3u);
    EXPECT_THAT(known.rows[1], ElementsAre(3, 4, 0, 0)) << "what it left out is zeros";
    std::ranges::copy(known.mean, lie.begin());
  });
  Conspiracy conspiracy(ground(Granularity::model), 1,
                        {honest(0, {1, 2, 9, 9, 9, 10, 20}), honest(2, {3, 4, 9, 9, 9, 7, 7}, {true, false, false})},
                        {{1, one.collusion()}, {3, one.collusion()}, {4, one.collusion()}}, {{"average"}}, {});
  EXPECT_THAT(lie_of(conspiracy, one.collusion()), ElementsAre(2, 3, 0, 0, 0, 5, 10));
  EXPECT_EQ(times, 1u);
}

TEST(ConspiracyTest, NobodyKnowsMoreThanTheThreatModelSays) {
  for (const Sight threat : {Sight::statistics, Sight::rows, Sight::rule}) {
    size_t asked = 0;
    const Made one([&](const Knowledge& known, const auto&, auto&, auto&, std::span<float>) {
      ++asked;
      EXPECT_FALSE(known.mean.empty());
      EXPECT_EQ(known.rows.empty(), threat < Sight::rows);
      EXPECT_EQ(known.aggregate == nullptr, threat < Sight::rule);
      EXPECT_EQ(known.round, 7u);
    });
    Conspiracy conspiracy(ground(Granularity::block, threat), 7, {honest(0, {1, 2, 9, 9, 9, 10, 20})}, {{1, one.collusion()}},
                          {{"average"}}, {});
    lie_of(conspiracy, one.collusion());
    EXPECT_EQ(asked, 2u) << "once of each judged block";
  }
}

void ask_the_rule(const Knowledge& known, const Parameters&, AttackMemory&, Stream&, std::span<float> lie) {
  const std::vector<float> said(lie.size(), 100);
  const std::vector<std::span<const float>> lies(known.liars, said);
  std::ranges::copy(known.aggregate(lies), lie.begin());
}

TEST(ConspiracyTest, TheRuleIsAskedWithAllRows) {
  const Made asks(ask_the_rule);
  const auto made = [&](const RuleChoice& rule) {
    Conspiracy conspiracy(ground(), 1, {honest(0, {1, 1, 9, 9, 9, 1, 1}), honest(2, {4, 4, 9, 9, 9, 7, 7})}, {{1, asks.collusion()}}, rule, {});
    return lie_of(conspiracy, asks.collusion());
  };
  EXPECT_THAT(made({{"average"}}), ElementsAre(35, 35, 0, 0, 0, 36, 36));
  EXPECT_THAT(made({{"trimmed_mean", {{"f", 1}}}}), ElementsAre(4, 4, 0, 0, 0, 7, 7));
}

TEST(ConspiracyTest, WhereTheRuleCannotBeAskedTheMeanOfAllRowsStandsInForIt) {
  const Made asks(ask_the_rule);
  for (const RuleChoice& rule : {RuleChoice{{"krum", {{"f", 4}}}}, RuleChoice{{"zeno_loss"}}}) {
    Conspiracy conspiracy(ground(), 1, {honest(0, {1, 1, 9, 9, 9, 1, 1}), honest(2, {4, 4, 9, 9, 9, 7, 7})}, {{1, asks.collusion()}},
                          with_defaults(Rules::standard(), rule), {});
    EXPECT_THAT(lie_of(conspiracy, asks.collusion()), ElementsAre(35, 35, 0, 0, 0, 36, 36)) << rule.rule.name;
  }
}

TEST(ConspiracyTest, ForARuleThatBelievesARowTheHonestMeanIsThatRow) {
  const Made asks(ask_the_rule);
  Conspiracy conspiracy(ground(), 1, {honest(0, {1, 1, 9, 9, 9, 1, 1}), honest(2, {1, 1, 9, 9, 9, 1, 1})}, {{1, asks.collusion()}},
                        with_defaults(Rules::standard(), {{"zeno", {{"eta", 0}, {"rho", 0.6}}}}), {});
  const auto lie = lie_of(conspiracy, asks.collusion());
  EXPECT_NEAR(lie[0], 1, 1e-6) << "the lie is a hundred times as long as what is believed";
}

TEST(ConspiracyTest, WhatAnAttackRemembersIsHandedOnByBlockAndByAttack) {
  const Catalogue catalogue = with_collusions();
  const Adversary::Collusion harder{catalogue.attacks.find("harder"), {}};
  Conspiracy::Memories memories;
  for (uint32_t round = 1; round <= 3; ++round) {
    // In the second round nobody brings the last block.
    Conspiracy conspiracy(ground(), round, {honest(0, {1, 1, 9, 9, 9, 1, 1}, {true, false, round != 2})}, {{1, harder}}, {{"average"}}, memories);
    lie_of(conspiracy, harder);
    memories = conspiracy.end();
  }
  EXPECT_THAT(memories, ElementsAre(std::pair("harder/0", std::vector{0.75f}), std::pair("harder/1", std::vector{0.5f})));
}

TEST(ConspiracyTest, WhoTellsAnotherLieCountsAmongTheLiarsToo) {
  size_t liars = 0;
  const Made one([&](const Knowledge& known, const auto&, auto&, auto&, std::span<float> lie) {
    liars = known.liars;
    std::ranges::fill(lie, 1.0f);
  });
  const Made other([](const auto&, const auto&, auto&, auto&, std::span<float> lie) { std::ranges::fill(lie, 2.0f); });
  Conspiracy conspiracy(ground(), 1, {honest(0, {1, 2, 9, 9, 9, 1, 1})}, {{1, one.collusion()}, {2, other.collusion()}}, {{"average"}}, {});
  EXPECT_EQ(lie_of(conspiracy, one.collusion())[0], 1);
  EXPECT_EQ(conspiracy.lie(other.collusion()).view()[0], 2);
  EXPECT_EQ(liars, 2u);
  EXPECT_TRUE(conspiracy.lie({nullptr, {}}).empty()) << "which nobody tells";
  EXPECT_TRUE(conspiracy.tells(other.collusion()));
  EXPECT_FALSE(conspiracy.tells({nullptr, {}}));
}

TEST(ConspiracyTest, SidesAreTakenByWhoTakesPartAndHow) {
  const Catalogue catalogue = with_collusions();
  TrainOptions train;
  train.subsample = 0.5;
  auto g = ground();
  g->participation = Participation(train, layout, 1);
  const Adversary adversary(catalogue.attacks,
                            {collusion("mean_times", {0, 1}), {.name = "negative", .parameters = {}, .rate = 1, .workers = {2}}}, 1);
  std::vector<Member> members;
  for (uint32_t w = 0; w < 20; ++w) members.push_back({w, 3, w % 2 == 0});
  const auto sides = Conspiracy::sides(*g, 4, members, adversary);
  std::vector<uint32_t> honest;
  for (const Member& m : sides.honest) {
    honest.push_back(m.worker);
    EXPECT_EQ(m.incarnation, 3u);
    EXPECT_EQ(m.awaited, m.worker % 2 == 0);
  }
  for (uint32_t w = 0; w < 20; ++w) {
    const bool active = g->participation.active(w, 4);
    EXPECT_EQ(sides.liars.contains(w), w < 2 && active);
    EXPECT_EQ(std::ranges::find(honest, w) != honest.end(), w > 2 && active);
  }
}

}  // namespace
}  // namespace zenops
