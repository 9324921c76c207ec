#include "actors/ringleader.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "actors/wire/compose.hpp"
#include "tests/actors/collusions.hpp"
#include "tests/actors/puppets.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// Workers 0 and 1 collude, 2, 3 and 4 are honest unless a test says otherwise.
class RingleaderTest : public PuppetsTest {
 protected:
  RingleaderTest() : PuppetsTest("adversary") { spawn({"scheduler", "worker/0", "worker/1", "worker/2", "worker/3", "worker/4", "shard/0"}); }
  void begin(std::vector<AttackOptions> attacks, Clock::Duration deadline = 60s) {
    system_.spawn(
        "adversary",
        [this, attacks, deadline](Context& context) {
          auto ground = std::make_shared<Conspiracy::Ground>(Conspiracy::Ground{.layout = layout_,
                                                                                .participation = Participation({}, layout_, 1),
                                                                                .threat_model = Sight::rule,
                                                                                .granularity = Granularity::block,
                                                                                .seed = 1,
                                                                                .rules = Rules::standard(),
                                                                                .counts = {},
                                                                                .rows = rows_});
          return std::make_unique<Ringleader>(context, Ringleader::Options{deadline, {}, {{"average"}}}, std::move(ground),
                                              Adversary(catalogue_.attacks, attacks, 1));
        },
        RestartSpec::never());
  }
  void begin(const std::string& attack = "mean_times") { begin({collusion(attack, {0, 1})}); }

  void open(uint32_t number, uint32_t step, std::map<uint32_t, AttackOptions> attacks = {}) {
    say("scheduler", Envelope::of<wire::Open>([&](wire::Open::Builder out) {
          out.setRound(number);
          out.setStep(step);
          auto members = out.initMembers(5);
          for (uint32_t w = 0; w < 5; ++w) {
            members[w].setWorker(w);
            members[w].setIncarnation(1);
            members[w].setAwaited(true);
          }
          auto changed = out.initAttacks(static_cast<uint32_t>(attacks.size()));
          uint32_t k = 0;
          for (const auto& [worker, attack] : attacks) write(worker, attack, changed[k++]);
        }));
  }
  void push(uint32_t worker, uint32_t number, float value) {
    Row row = rows_->make(8);
    std::ranges::fill(row.mutable_view(), value);
    say(nth("worker", worker), push_to(layout_.shard(0, 1), number, layout_, row, {true, true}));
  }
  void consult(uint32_t worker, uint32_t number) {
    say(nth("worker", worker), Envelope::of<wire::Consult>([=](wire::Consult::Builder out) { out.setRound(number); }));
  }
  /// What the worker is told to send in that round, a number that all of it is; "nothing", or why it was refused.
  std::string heard(uint32_t worker, uint32_t number) {
    const Envelope e = told(nth("worker", worker));
    if (e.type == capnp::typeId<wire::Refused>()) return "refused: " + std::string(Msg<wire::Refused>(e)->getWhat().cStr());
    if (e.type != capnp::typeId<wire::Lie>()) return "something else";
    const Msg<wire::Lie> lie(e);
    EXPECT_EQ(lie->getRound(), number);
    if (!lie->getKnown()) return "nothing";
    const auto row = door::admit(lie, layout_);
    for (const float x : row->view()) EXPECT_EQ(x, row->view()[0]);
    return std::to_string(row->view()[0]);
  }

  const Catalogue catalogue_ = with_collusions();
  const Layout layout_{{{"a", {5}}, {"b", {3}}}};
  std::shared_ptr<Rows> rows_ = std::make_shared<Rows>();
};

TEST_F(RingleaderTest, WhoColludesIsToldTheLieWhenAllHonestRowsAreThere) {
  begin();
  open(1, 1);
  consult(0, 1);
  push(2, 1, 1);
  push(3, 1, 2);
  push(4, 1, 6);
  EXPECT_EQ(heard(0, 1), "-3.000000");
  consult(1, 1);
  EXPECT_EQ(heard(1, 1), "-3.000000");
}

TEST_F(RingleaderTest, WhoIsQuickerThanTheSchedulerIsHeardWhenTheRoundOpens) {
  begin();
  consult(1, 1);
  for (const uint32_t w : {4u, 3u, 2u}) push(w, 1, static_cast<float>(w));
  push(2, 1, 1000);  // its second word
  EXPECT_EQ(heard(2, 1), "refused: it has spoken of another round that is not open");
  open(1, 1);
  EXPECT_EQ(heard(1, 1), "-3.000000");
}

TEST_F(RingleaderTest, OfTwoRoundsThatAreNotOpenYetTheNewerCounts) {
  begin();
  for (const uint32_t number : {1u, 2u, 2u}) consult(0, number);
  for (const uint32_t w : {2u, 3u, 4u}) {
    for (const uint32_t number : {1u, 2u, 2u}) push(w, number, number == 1 ? 1000 : 1);
    EXPECT_EQ(heard(w, 2), "refused: it has spoken of another round that is not open");
  }
  EXPECT_EQ(heard(0, 2), "refused: it has spoken of another round that is not open");
  open(1, 1);
  open(2, 1);
  EXPECT_EQ(heard(0, 2), "-1.000000");
}

TEST_F(RingleaderTest, ALiarThatShowsARowOfItsOwnIsRefusedAndChangesNothing) {
  begin({collusion("mean_times", {0}), {.name = "negative", .parameters = {}, .rate = 1, .workers = {2}}});
  open(1, 1);
  push(0, 1, 1000);
  push(2, 1, 1000);
  EXPECT_THAT(heard(0, 1), HasSubstr("refused: it is not a member"));
  EXPECT_THAT(heard(2, 1), HasSubstr("refused: it is not a member"));
  for (const uint32_t w : {1u, 3u, 4u}) push(w, 1, 2);
  consult(0, 1);
  EXPECT_EQ(heard(0, 1), "-2.000000");
}

TEST_F(RingleaderTest, WhoIsHonestIsNotToldTheLie) {
  begin();
  open(1, 1);
  consult(2, 1);
  EXPECT_EQ(heard(2, 1), "refused: it does not collude in that round");
}

TEST_F(RingleaderTest, ARowWithNaNIsRefusedAndNobodyWaitsForAnother) {
  begin();
  open(1, 1);
  push(2, 1, NAN);
  EXPECT_EQ(heard(2, 1), "refused: there is NaN or Inf in it");
  push(2, 1, 1000);
  EXPECT_EQ(heard(2, 1), "refused: it has spoken before");
  push(3, 1, 1);
  push(4, 1, 3);
  consult(0, 1);
  EXPECT_EQ(heard(0, 1), "-2.000000");
}

TEST_F(RingleaderTest, ARoundThatIsOpenedAgainIsLiedToWithTheSameLie) {
  begin("harder");
  open(1, 1);
  consult(0, 1);
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 1, 4);
  const Envelope first = told("worker/0");
  open(2, 1);  // as it is when a shard or this actor fell
  push(2, 2, 1000);
  consult(0, 2);
  consult(1, 2);
  for (const char* who : {"worker/0", "worker/1"}) {
    const Envelope again = told(who);
    ASSERT_EQ(again.type, capnp::typeId<wire::Lie>());
    EXPECT_EQ(Msg<wire::Lie>(again)->getRound(), 2u);
    EXPECT_TRUE(std::ranges::equal(door::admit(Msg<wire::Lie>(again), layout_)->view(), door::admit(Msg<wire::Lie>(first), layout_)->view()));
  }
}

TEST_F(RingleaderTest, ARoundThatIsOpenedAgainBeforeTheLieIsMadeBeginsAnew) {
  begin();
  open(1, 1);
  consult(0, 1);
  push(2, 1, 1000);
  open(2, 1);
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 2, 1);
  push(2, 1, 1000);  // what is still under way of the first time
  consult(0, 2);
  EXPECT_EQ(heard(0, 2), "-1.000000");
}

TEST_F(RingleaderTest, AtHalfTheDeadlineTheLieIsMadeOfWhatHasCome) {
  begin({collusion("mean_times", {0, 1})}, 400ms);
  open(1, 1);
  push(2, 1, 5);
  consult(0, 1);
  EXPECT_EQ(heard(0, 1), "-5.000000");
  const Envelope note = told("scheduler");
  ASSERT_EQ(note.type, capnp::typeId<wire::Uninformed>());
  EXPECT_STREQ(Msg<wire::Uninformed>(note)->getNote().cStr(), "1 of 3 honest rows came in time");
  open(2, 2);
  consult(0, 2);
  EXPECT_EQ(heard(0, 2), "nothing") << "nobody honest was heard of";
}

TEST_F(RingleaderTest, WhereEverybodyColludesThereIsNothingToSay) {
  begin({collusion("mean_times", {})});
  open(1, 1);
  consult(3, 1);
  EXPECT_EQ(heard(3, 1), "nothing");
}

TEST_F(RingleaderTest, ColludesAsTheOperatorHasChangedIt) {
  begin(std::vector<AttackOptions>{});
  open(1, 1);
  open(2, 2, {{3, collusion("mean_times", {}, {{"factor", 2}})}});
  for (const uint32_t w : {0u, 1u, 2u, 4u}) push(w, 2, 3);
  consult(3, 2);
  EXPECT_EQ(heard(3, 2), "6.000000");
  open(3, 3);
  consult(3, 3);
  EXPECT_EQ(heard(3, 3), "refused: it does not collude in that round");
}

TEST_F(RingleaderTest, IsAgainWhatItWas) {
  begin("harder");
  const auto round = [this](uint32_t number, uint32_t step) {
    open(number, step);
    for (const uint32_t w : {2u, 3u, 4u}) push(w, number, 1);
    consult(0, number);
    const Envelope lie = told("worker/0");
    const auto row = door::admit(Msg<wire::Lie>(lie), layout_);
    return std::vector<float>(row->view().begin(), row->view().end());
  };
  round(1, 1);
  say("scheduler", Envelope::of<wire::Save>([](wire::Save::Builder out) { out.setTicket(1); }));
  const Envelope saved = told("scheduler");
  const Msg<wire::Saved> state(saved);
  EXPECT_FALSE(state->getBusy());
  const auto second = round(2, 2);
  EXPECT_NE(round(3, 3), second);
  say("scheduler", Envelope::of<wire::Restore>(
                       [&](wire::Restore::Builder out) {
                         out.setTicket(2);
                         out.setVersion(4);
                         out.setState(state->getState());
                       },
                       std::vector<Row>(state.rows().begin(), state.rows().end())));
  EXPECT_EQ(told("scheduler").type, capnp::typeId<wire::Restored>());
  EXPECT_EQ(round(5, 2), second);
}

TEST_F(RingleaderTest, NobodyElseOpensARoundOrShowsARow) {
  begin();
  open(1, 1);
  {
    std::lock_guard lock(puppets_["shard/0"].mutex);
    for (const uint32_t number : {1u, 2u})
      puppets_["shard/0"].say.emplace_back("adversary", Envelope::of<wire::Open>([=](wire::Open::Builder out) { out.setRound(number); }));
  }
  Row row = rows_->make(8);
  std::ranges::fill(row.mutable_view(), 1000.0f);
  say("shard/0", push_to(layout_.shard(0, 1), 1, layout_, row, {true, true}));
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 1, 1);
  consult(0, 1);
  EXPECT_EQ(heard(0, 1), "-1.000000");
}

}  // namespace
}  // namespace zenops
