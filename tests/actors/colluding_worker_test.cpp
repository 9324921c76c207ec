// A worker that colludes; its shard, its scheduler and its adversary are played by the test.
#include <gmock/gmock.h>

#include "actors/worker.hpp"
#include "tests/actors/collusions.hpp"
#include "tests/actors/ground.hpp"
#include "tests/actors/puppets.hpp"

namespace zenops {
namespace {

class ColludingWorkerTest : public PuppetsTest {
 protected:
  ColludingWorkerTest() : PuppetsTest("worker/0") {
    spawn({"scheduler", "adversary", "shard/0", "worker/1"});
    system_.spawn(
        "worker/0",
        [this](Context& context) {
          return std::make_unique<Worker>(context, 0, std::make_shared<LocalWorker>(0, ground_.training, options_.train, 16, 1), layout(), 1,
                                          Adversary(catalogue_.attacks, {collusion("mean_times", {0})}, 1), true);
        },
        RestartSpec::never());
  }
  const Layout& layout() const { return ground_.training.layout; }
  void open(uint32_t number, uint32_t step) {
    say("scheduler", Envelope::of<wire::Open>([=](wire::Open::Builder out) {
          out.setRound(number);
          out.setStep(step);
          out.setVersion(number - 1);
          out.setLr(0.1f);
        }));
  }
  /// Once the worker has asked for them.
  void parameters(uint32_t version) {
    EXPECT_EQ(told("shard/0").type, capnp::typeId<wire::Pull>());
    say("shard/0", Envelope::of<wire::Parameters>(
                       [&](wire::Parameters::Builder out) {
                         out.setVersion(version);
                         auto tensor = out.initTensor();
                         tensor.initShape(1).set(0, layout().dimension());
                       },
                       {ground_.initial}));
  }
  uint32_t consulted() {
    const Envelope e = told("adversary");
    return e.type == capnp::typeId<wire::Consult>() ? Msg<wire::Consult>(e)->getRound() : 0;
  }
  Envelope lie(uint32_t number, float value, size_t size, bool known = true) {
    Row row = ground_.training.rows->make(size);
    std::ranges::fill(row.mutable_view(), value);
    return Envelope::of<wire::Lie>(
        [&](wire::Lie::Builder out) {
          out.setRound(number);
          out.setKnown(known);
          out.initTensor().initShape(1).set(0, size);
        },
        {row});
  }
  /// The number that all of a push is.
  float pushed(uint32_t number) {
    const Envelope e = told("shard/0");
    const Msg<wire::Push> push(e);
    const auto row = door::admit(push, number, layout(), layout().shard(0, 1), Sender::worker);
    EXPECT_TRUE(row);
    return row ? row->segments[0][0] : 0;
  }

  const TrainingOptions options_ = blobs(2, 1, 1);
  const Catalogue catalogue_ = with_collusions();
  const Ground ground_{options_};
};

TEST_F(ColludingWorkerTest, SendsWhatItIsToldAndSaysThatItHasNotTrained) {
  open(1, 1);
  parameters(0);
  EXPECT_EQ(consulted(), 1u);
  say("adversary", lie(1, 7, layout().dimension()));
  EXPECT_EQ(pushed(1), 7);
  const Envelope account = told("scheduler");
  EXPECT_FALSE(Msg<wire::Worked>(account)->getTrained());
}

TEST_F(ColludingWorkerTest, ALieOfSomebodyElseIsRefused) {
  open(1, 1);
  parameters(0);
  EXPECT_EQ(consulted(), 1u);
  say("worker/1", lie(1, 1000, layout().dimension()));
  say("shard/0", lie(1, 1000, layout().dimension()));
  while (system_.counts().unexpected < 2) std::this_thread::yield();
  say("adversary", lie(1, 7, layout().dimension()));
  EXPECT_EQ(pushed(1), 7);
}

TEST_F(ColludingWorkerTest, ALieOfAnotherRoundOrThatWasNotAskedForIsNone) {
  open(1, 1);
  parameters(0);
  EXPECT_EQ(consulted(), 1u);
  say("adversary", lie(2, 1000, layout().dimension()));
  say("adversary", lie(1, 7, layout().dimension()));
  say("adversary", lie(1, 1000, layout().dimension()));
  EXPECT_EQ(pushed(1), 7);
  open(2, 1);  // again: what it has said it says once more
  EXPECT_EQ(pushed(2), 7);
}

TEST_F(ColludingWorkerTest, AsksAgainWhenTheRoundIsOpenedAgainOrTheNextBegins) {
  open(1, 1);
  parameters(0);
  EXPECT_EQ(consulted(), 1u);
  open(2, 1);
  parameters(1);
  EXPECT_EQ(consulted(), 2u);
  open(3, 2);
  parameters(2);
  EXPECT_EQ(consulted(), 3u);
  say("adversary", lie(1, 1000, layout().dimension()));
  say("adversary", lie(2, 1000, layout().dimension()));
  say("adversary", lie(3, 7, layout().dimension()));
  EXPECT_EQ(pushed(3), 7);
}

TEST_F(ColludingWorkerTest, ThatWasToldTooLateSaysThatItIsThereAndSendsNothing) {
  open(1, 1);
  parameters(0);
  EXPECT_EQ(consulted(), 1u);
  open(2, 2);
  parameters(1);
  EXPECT_EQ(consulted(), 2u);
  say("adversary", Envelope::of<wire::Lie>([](wire::Lie::Builder out) {
        out.setRound(1);
        out.setOver(true);
      }));
  const Envelope here = told("scheduler");
  ASSERT_EQ(here.type, capnp::typeId<wire::Worked>());
  EXPECT_EQ(Msg<wire::Worked>(here)->getRound(), 1u);
  EXPECT_FALSE(Msg<wire::Worked>(here)->getTrained());
  say("adversary", lie(2, 7, layout().dimension()));
  EXPECT_EQ(pushed(2), 7);
}

TEST_F(ColludingWorkerTest, SkipsTheRoundWhenNobodyHonestWasHeardOf) {
  open(1, 1);
  parameters(0);
  EXPECT_EQ(consulted(), 1u);
  say("adversary", lie(1, 0, 0, false));
  EXPECT_EQ(told("shard/0").type, capnp::typeId<wire::Skip>());
  const Envelope account = told("scheduler");
  EXPECT_FALSE(Msg<wire::Worked>(account)->getTrained());
}

TEST_F(ColludingWorkerTest, HavingSkippedForWantOfHonestRowsItAsksAgainWhenTheRoundIsOpenedAgain) {
  open(1, 1);
  parameters(0);
  EXPECT_EQ(consulted(), 1u);
  say("adversary", lie(1, 0, 0, false));
  EXPECT_EQ(told("shard/0").type, capnp::typeId<wire::Skip>());
  open(2, 1);
  parameters(1);
  EXPECT_EQ(consulted(), 2u);
  say("adversary", lie(2, 7, layout().dimension()));
  EXPECT_EQ(pushed(2), 7);
  open(3, 1);  // now it has something to say once more
  EXPECT_EQ(pushed(3), 7);
}

}  // namespace
}  // namespace zenops
