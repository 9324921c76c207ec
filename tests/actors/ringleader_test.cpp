#include "actors/ringleader.hpp"

#include <gmock/gmock.h>

#include <barrier>
#include <cmath>

#include "actors/wire/compose.hpp"
#include "tests/actors/collusions.hpp"
#include "tests/actors/puppets.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

/// Where whoever makes a lie waits while it is shut.
class Barrier {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !shut_; });
  }
  void shut() {
    std::lock_guard lock(mutex_);
    shut_ = true;
  }
  void open() {
    std::lock_guard lock(mutex_);
    shut_ = false;
    changed_.notify_all();
  }
  void wait_for(size_t many) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return came_ >= many; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
  size_t came_ = 0;
};

/// What outlives the system and the pool.
struct Stage {
  /// With `held`, which sends the honest mean times the rounds that it remembers, and waits at the barrier before.
  Stage() : catalogue_(with_collusions()) {
    AttackEntry entry;
    entry.name = "held";
    entry.sentence = "waits";
    entry.lie = Lie::collusion;
    entry.sees = Sight::statistics;
    entry.collude = [this](const Knowledge& known, const Parameters&, AttackMemory& memory, Stream&, std::span<float> lie) {
      barrier_.pass();
      if (memory.empty()) memory.push_back(0);
      ++memory[0];
      for (size_t i = 0; i < lie.size(); ++i) lie[i] = memory[0] * known.mean[i];
    };
    catalogue_.attacks.add(entry);
  }
  Barrier barrier_;
  Catalogue catalogue_;
};

/// Workers 0 and 1 collude, 2, 3 and 4 are honest unless a test says otherwise.
class RingleaderTest : protected Stage, public PuppetsTest {
 protected:
  RingleaderTest() : PuppetsTest("adversary", std::make_unique<ManualClock>()) { spawn({"scheduler", "worker/0", "worker/1", "worker/2", "worker/3", "worker/4", "shard/0"}); }
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
    if (lie->getOver()) return "over";
    if (!lie->getKnown()) return "nothing";
    const auto row = door::admit(lie, layout_);
    for (const float x : row->view()) EXPECT_EQ(x, row->view()[0]);
    return std::to_string(row->view()[0]);
  }

  void TearDown() override { barrier_.open(); }
  /// Round 1 with rows of ones; its lie, of two blocks, is being made until finish().
  void begin_held() {
    begin("held");
    barrier_.shut();
    open(1, 1);
    for (const uint32_t w : {2u, 3u, 4u}) push(w, 1, 1);
    barrier_.wait_for(2);
  }
  /// What was made is in the inbox of the adversary when this returns.
  void finish() {
    barrier_.open();
    const auto all = std::make_shared<std::barrier<>>(pool_.threads() + 1);
    for (int k = 0; k < pool_.threads(); ++k) pool_.submit([all](int) { all->arrive_and_wait(); });
    all->arrive_and_wait();
  }
  void pass(Clock::Duration time) { dynamic_cast<ManualClock&>(*clock_).pass(time); }
  /// Returns when the adversary has heard of that round.
  void opened(uint32_t number) {
    consult(2, number);
    EXPECT_EQ(heard(2, number), "refused: it does not collude in that round");
  }
  void save(uint32_t ticket, bool patient) {
    say("scheduler", Envelope::of<wire::Save>([=](wire::Save::Builder out) {
          out.setTicket(ticket);
          out.setPatient(patient);
        }));
  }
  void restore(uint32_t ticket, uint32_t version, const ActorState& state) {
    say("scheduler", Envelope::of<wire::Restore>(
                         [&](wire::Restore::Builder out) {
                           out.setTicket(ticket);
                           out.setVersion(version);
                           write(state, out.initState());
                         },
                         rows_of(state)));
  }
  /// "1: " and what is remembered of both blocks, or "1: busy".
  std::string saved() {
    const Envelope e = told("scheduler");
    if (e.type != capnp::typeId<wire::Saved>()) return "something else";
    const Msg<wire::Saved> saved(e);
    std::string out = std::to_string(saved->getTicket()) + ":";
    if (saved->getBusy()) return out + " busy";
    const auto state = read_state(saved->getState(), saved.rows());
    for (const auto& [key, row] : state->tensors) out += " " + key + " " + std::to_string(static_cast<int>(row.view()[0]));
    return out;
  }
  static ActorState remembering(float number) {
    ActorState state;
    for (const char* key : {"held/0", "held/1"}) {
      Row row(std::shared_ptr<float[]>(new float[1]), 0, 1);
      row.mutable_view()[0] = number;
      state.tensors[key] = row;
    }
    return state;
  }

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
  EXPECT_EQ(heard(0, 1), "over");
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 2, 1);
  push(2, 1, 1000);  // what is still under way of the first time
  consult(0, 2);
  EXPECT_EQ(heard(0, 2), "-1.000000");
}

TEST_F(RingleaderTest, WhoNowTellsALieThatWasMadeIsToldItAndForAnotherAllAreMadeAnew) {
  begin("held");
  const auto factor = [](double times) { return collusion("mean_times", {}, {{"factor", times}}); };
  open(1, 1);
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 1, 1);
  consult(0, 1);
  EXPECT_EQ(heard(0, 1), "1.000000");
  open(2, 1, {{2, collusion("held", {})}});
  consult(2, 2);
  EXPECT_EQ(heard(2, 2), "1.000000");
  open(3, 1, {{1, factor(7)}});
  consult(1, 3);
  consult(0, 3);
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 3, 1);
  EXPECT_EQ(heard(1, 3), "7.000000");
  EXPECT_EQ(heard(0, 3), "1.000000") << "the lie that it was told before is not remembered";
  open(4, 1, {{0, {}}, {1, factor(7)}});  // with fewer liars the lies stay those that were made
  consult(1, 4);
  EXPECT_EQ(heard(1, 4), "7.000000");
  open(5, 1);
  consult(0, 5);
  EXPECT_EQ(heard(0, 5), "1.000000");
  open(6, 2);
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 6, 1);
  consult(0, 6);
  EXPECT_EQ(heard(0, 6), "2.000000");
}

TEST_F(RingleaderTest, ForALieThatIsNotAmongThoseBeingMadeTheyAreMadeAnew) {
  begin_held();
  open(2, 1, {{1, collusion("mean_times", {}, {{"factor", 7}})}});
  opened(2);
  finish();
  consult(1, 2);
  consult(0, 2);
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 2, 3);
  EXPECT_EQ(heard(1, 2), "21.000000");
  EXPECT_EQ(heard(0, 2), "3.000000");
}

TEST_F(RingleaderTest, WhoAskedInARoundThatWasClosedWithoutItIsToldThatItIsOver) {
  begin();
  open(1, 1);
  consult(0, 1);
  push(2, 1, 1000);
  open(2, 2);
  EXPECT_EQ(heard(0, 1), "over");
  consult(1, 1);
  EXPECT_EQ(heard(1, 1), "over");
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 2, 1);
  consult(0, 2);
  EXPECT_EQ(heard(0, 2), "-1.000000");
}

TEST_F(RingleaderTest, ARoundThatIsOpenedAgainWhileTheLieIsMadeIsLiedToWithThat) {
  begin_held();
  consult(0, 1);
  open(2, 1);
  EXPECT_EQ(heard(0, 1), "over");
  opened(2);
  consult(1, 2);
  finish();
  EXPECT_EQ(heard(1, 2), "1.000000");
  consult(0, 2);
  EXPECT_EQ(heard(0, 2), "1.000000");
}

TEST_F(RingleaderTest, ALieOfARoundThatIsOverWhenItIsMadeComesToNothing) {
  begin_held();
  open(2, 2);
  opened(2);
  finish();
  consult(0, 2);
  consult(1, 2);
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 2, 5);
  EXPECT_EQ(heard(0, 2), "5.000000");
  EXPECT_EQ(heard(1, 2), "5.000000");
  save(1, true);
  EXPECT_EQ(saved(), "1: held/0 1 held/1 1");
}

TEST_F(RingleaderTest, WhatItRemembersIsSavedWhenTheLieIsMadeOrNotAtAll) {
  begin_held();
  save(1, true);
  save(2, false);
  EXPECT_EQ(saved(), "2: busy");
  finish();
  EXPECT_EQ(saved(), "1: held/0 1 held/1 1");
  save(3, false);
  EXPECT_EQ(saved(), "3: held/0 1 held/1 1");
}

TEST_F(RingleaderTest, ALieThatIsMadeWhileItIsRestoredComesToNothing) {
  begin_held();
  save(1, true);
  restore(2, 1, remembering(10));
  EXPECT_EQ(told("scheduler").type, capnp::typeId<wire::Restored>());
  finish();
  save(3, true);
  EXPECT_EQ(saved(), "3: held/0 10 held/1 10") << "and whoever waited for the other is not told";
  open(2, 1);
  consult(0, 2);
  for (const uint32_t w : {2u, 3u, 4u}) push(w, 2, 1);
  EXPECT_EQ(heard(0, 2), "11.000000");
}

TEST_F(RingleaderTest, AtHalfTheDeadlineTheLieIsMadeOfWhatHasCome) {
  begin();
  open(1, 1);
  opened(1);
  push(2, 1, 5);
  opened(1);  // and the row is there
  pass(30s - 1ms);
  consult(0, 1);
  opened(1);
  pass(1ms);
  EXPECT_EQ(heard(0, 1), "-5.000000");
  const Envelope note = told("scheduler");
  ASSERT_EQ(note.type, capnp::typeId<wire::Uninformed>());
  EXPECT_STREQ(Msg<wire::Uninformed>(note)->getNote().cStr(), "1 of 3 honest rows came in time");
  open(2, 2);
  consult(0, 2);
  opened(2);
  pass(30s);
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
