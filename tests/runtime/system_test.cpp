#include "runtime/system.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "runtime/wire/runtime.capnp.h"
#include "tests/runtime/ear.hpp"
#include "tests/runtime/wire/counting.capnp.h"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Envelope add(int64_t delta) {
  return Envelope::of<wire::Add>([delta](wire::Add::Builder b) { b.setDelta(delta); });
}
Envelope tell_to(const std::string& name) {
  return Envelope::of<wire::Tell>([&](wire::Tell::Builder b) { b.setTo(name); });
}
Envelope fall(const std::string& cause) {
  return Envelope::of<wire::Fall>([&](wire::Fall::Builder b) { b.setCause(cause); });
}

class Counter : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Add>({"", "counter/"}, [this](const Msg<wire::Add>& m) { n_ += m->getDelta(); })
        .on<wire::Tell>(the_operator, [this](const Msg<wire::Tell>& m) {
          context().tell(m->getTo(), Envelope::of<wire::Sum>([this](wire::Sum::Builder s) { s.setValue(n_); }));
        })
        .on<wire::Accuse>(the_operator,
                          [this](const Msg<wire::Accuse>& m) { context().evict({m->getName(), m->getIncarnation()}, m->getCause()); })
        .on<wire::Fall>(the_operator, [](const Msg<wire::Fall>& m) { throw std::runtime_error(m->getCause().cStr()); });
  }

 private:
  int64_t n_ = 0;
};

struct Said {
  int64_t value;
  Address from;
};

class Listener : public Actor {
 public:
  Listener(Context& context, Ear<Said>& sums, Ear<std::string>& news) : Actor(context), sums_(sums), news_(news) {
    context.watch();
  }
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Sum>({"counter/"}, [this](const Msg<wire::Sum>& m) { sums_.hear({m->getValue(), context().sender()}); })
        .on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) {
          news_.hear("down " + to_string(Address{m->getName(), m->getIncarnation()}) + ": " + m->getCause().cStr());
        })
        .on<wire::Up>(the_operator, [this](const Msg<wire::Up>& m) {
          news_.hear("up " + to_string(Address{m->getName(), m->getIncarnation()}));
        });
  }

 private:
  Ear<Said>& sums_;
  Ear<std::string>& news_;
};

class SystemTest : public testing::TestWithParam<bool> {
 protected:
  SystemTest() {
    system_ = std::make_unique<System>(
        System::Options{.serialize = GetParam(),
                        .log = [this](const std::string& line) { log_.hear(line); },
                        .given_up = [this](const std::string& name, const std::string&) { given_up_.hear(name); }},
        clock_, pool_);
    system_->spawn(
        "listener", [this](Context& c) { return std::make_unique<Listener>(c, sums_, news_); }, RestartSpec::never());
  }
  void spawn_counter(const std::string& name, RestartSpec restarts = {}) {
    system_->spawn(name, [](Context& c) { return std::make_unique<Counter>(c); }, restarts);
  }

  ManualClock clock_;
  Pool pool_{2};
  Ear<Said> sums_;
  Ear<std::string> news_, log_, given_up_;
  std::unique_ptr<System> system_;
};
INSTANTIATE_TEST_SUITE_P(Messages, SystemTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "AsBytes" : "AsPointers"; });

TEST_P(SystemTest, DeliversByNameInOrder) {
  spawn_counter("counter/1");
  for (int k = 1; k <= 100; ++k) system_->tell("counter/1", add(k));
  system_->tell("counter/1", tell_to("listener"));
  const Said said = sums_.wait();
  EXPECT_EQ(said.value, 5050);
  EXPECT_EQ(said.from, (Address{"counter/1", 1}));
}

TEST_P(SystemTest, RestartsWhoFallsAsTheNextIncarnationWithStateBegunAfresh) {
  spawn_counter("counter/1");
  system_->tell("counter/1", add(5));
  system_->tell("counter/1", fall("division by cucumber"));
  EXPECT_THAT(log_.wait(), testing::StartsWith("counter/1#1 lost: division by cucumber; starting counter/1#2 in "));
  EXPECT_EQ(system_->incarnation("counter/1"), 0u);
  clock_.pass(20ms);
  EXPECT_EQ(system_->incarnation("counter/1"), 2u);
  system_->tell("counter/1", add(1));
  system_->tell("counter/1", tell_to("listener"));
  const Said said = sums_.wait();
  EXPECT_EQ(said.value, 1);
  EXPECT_EQ(said.from.incarnation, 2u);
}

TEST(SystemShutdownTest, EndsAfterARestartThatTheClocksThreadMade) {
  SystemClock clock;
  Pool pool(1);
  Ear<Said> sums;
  Ear<std::string> news;
  {
    System system({}, clock, pool);
    system.spawn(
        "listener", [&](Context& c) { return std::make_unique<Listener>(c, sums, news); }, RestartSpec::never());
    system.spawn("counter/1", [](Context& c) { return std::make_unique<Counter>(c); }, {.backoff = 1ms});
    system.tell("counter/1", tell_to("listener"));
    sums.wait();
    system.tell("counter/1", fall("x"));
    for (size_t k = 0; news.wait(k) != "up counter/1#2"; ++k) {
    }
  }
}

TEST_P(SystemTest, GivesUpWhoFallsTooOftenAndSaysSo) {
  spawn_counter("counter/1", {.intensity = 1});
  system_->tell("counter/1", fall("first"));
  log_.wait(0);
  clock_.pass(1s);
  system_->tell("counter/1", fall("second"));
  EXPECT_EQ(log_.wait(1), "counter/1#2 lost: second; given up");
  EXPECT_EQ(given_up_.wait(), "counter/1");
  clock_.pass(1h);
  EXPECT_EQ(system_->incarnation("counter/1"), 0u);
}

TEST_P(SystemTest, CountsWhatIsSentToNobody) {
  const uint64_t before = system_->counts().undeliverable;
  system_->tell("counter/9", add(1));
  EXPECT_EQ(system_->counts().undeliverable, before + 1);
}

TEST_P(SystemTest, WhoIsEvictedIsReplacedHoweverOftenAndNotCountedAsFallen) {
  spawn_counter("counter/1", {.intensity = 0});
  spawn_counter("counter/judge");
  for (uint32_t life = 1; life <= 3; ++life) {
    system_->tell("counter/judge", Envelope::of<wire::Accuse>([&](wire::Accuse::Builder out) {
                    out.setName("counter/1");
                    out.setIncarnation(life);
                    out.setCause("it lies");
                  }));
    EXPECT_THAT(log_.wait(life - 1), testing::StartsWith("counter/1#" + std::to_string(life) + " was evicted: it lies; starting"));
    clock_.pass(2s);
    EXPECT_EQ(system_->incarnation("counter/1"), life + 1);
  }
}

TEST_P(SystemTest, EndsOnAnyThread) {
  spawn_counter("counter/1");
  // As on a clock's, for which whoever made the system waits.
  std::thread([system = std::move(system_)]() mutable { system.reset(); }).join();
}

TEST_P(SystemTest, TellsWhoeverWatchesOfFallsAndRestarts) {
  // The listener watches from its first message on.
  spawn_counter("counter/1");
  system_->tell("counter/1", tell_to("listener"));
  sums_.wait();
  system_->tell("counter/1", fall("x"));
  log_.wait();
  clock_.pass(1s);
  std::string all;
  for (size_t k = 0; all.find("up counter/1#2") == std::string::npos; ++k) all += news_.wait(k) + "\n";
  EXPECT_THAT(all, HasSubstr("down counter/1#1: x\n"));
}

/// Says what its pool jobs found.
class Computer : public Actor {
 public:
  Computer(Context& context, Ear<Said>& ear, std::promise<void>* gate = nullptr) : Actor(context), ear_(ear), gate_(gate) {}
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Add>(the_operator, [this](const Msg<wire::Add>& m) {
          context().offload([d = m->getDelta()](int) { return d * d; }, [this](int64_t v) { ear_.hear({v, context().self()}); });
        })
        .on<wire::Sum>(the_operator, [this](const Msg<wire::Sum>&) {
          context().offload(
              [gate = gate_](int) -> int {
                if (gate) gate->get_future().wait();
                throw std::runtime_error("the job fell");
              },
              [](int) {});
        })
        .on<wire::Tell>(the_operator, [this](const Msg<wire::Tell>&) {
          context().after(5s, [this] { ear_.hear({555, context().self()}); });
        });
  }

 private:
  Ear<Said>& ear_;
  std::promise<void>* gate_;
};

TEST_P(SystemTest, RunsJobsOnThePoolAndGoesOnInTheActor) {
  Ear<Said> ear;
  system_->spawn("computer", [&](Context& c) { return std::make_unique<Computer>(c, ear); }, {});
  system_->tell("computer", add(12));
  EXPECT_EQ(ear.wait().value, 144);
}

TEST_P(SystemTest, AnActorFallsOfWhatItsJobThrows) {
  Ear<Said> ear;
  system_->spawn("computer", [&](Context& c) { return std::make_unique<Computer>(c, ear); }, {});
  system_->tell("computer", Envelope::of<wire::Sum>());
  EXPECT_THAT(log_.wait(), HasSubstr("computer#1 lost: the job fell; starting computer#2"));
}

TEST_P(SystemTest, AJobMayOutliveItsActorAndTheSystem) {
  Ear<Said> ear;
  std::promise<void> gate;
  system_->spawn("computer", [&](Context& c) { return std::make_unique<Computer>(c, ear, &gate); }, {});
  system_->tell("computer", Envelope::of<wire::Sum>());
  system_.reset();
  gate.set_value();
  std::promise<void> later;
  pool_.submit([&](int) { later.set_value(); });
  EXPECT_EQ(later.get_future().wait_for(60s), std::future_status::ready);
}

TEST_P(SystemTest, WakesAnActorWhenTheClockSaysSo) {
  Ear<Said> ear;
  system_->spawn("computer", [&](Context& c) { return std::make_unique<Computer>(c, ear); }, {});
  system_->tell("computer", tell_to("x"));
  system_->tell("computer", add(1));  // when it has answered this, the timer is set
  ear.wait();
  clock_.pass(4s);
  system_->tell("computer", add(2));
  EXPECT_EQ(ear.wait(1).value, 4) << "the timer came too early";
  clock_.pass(1s);
  EXPECT_EQ(ear.wait(2).value, 555);
}

TEST_P(SystemTest, CountsMessagesThatNobodyMaySend) {
  spawn_counter("counter/1");
  const uint64_t before = system_->counts().unexpected;
  system_->tell("listener", Envelope::of<wire::Sum>());  // only counters may
  spawn_counter("counter/2");
  system_->tell("counter/2", tell_to("listener"));
  sums_.wait();
  EXPECT_EQ(system_->counts().unexpected, before + 1);
}

/// Its last words.
class Zombie : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}.on<wire::Fall>(the_operator, [this](const Msg<wire::Fall>&) {
      context().tell("counter/1", add(1000));
      throw std::runtime_error("it spoke and fell");
    });
  }
};

TEST_P(SystemTest, WhatAnIncarnationSaidBeforeItFellIsFencedAfterwards) {
  // The receiver is busy until the sender has fallen.
  std::promise<void> entered, release;
  class Busy : public Actor {
   public:
    Busy(Context& c, std::promise<void>& e, std::future<void> r, Ear<Said>& ear)
        : Actor(c), entered_(e), release_(std::move(r)), ear_(ear) {}
    Behavior handlers() override {
      return Behavior{}
          .on<wire::Sum>(the_operator, [this](const Msg<wire::Sum>&) {
            entered_.set_value();
            release_.wait();
          })
          .on<wire::Add>({"zombie"}, [this](const Msg<wire::Add>&) { ear_.hear({1000, context().sender()}); })
          .on<wire::Tell>(the_operator, [this](const Msg<wire::Tell>&) { ear_.hear({0, context().self()}); });
    }
    std::promise<void>& entered_;
    std::future<void> release_;
    Ear<Said>& ear_;
  };
  Ear<Said> ear;
  system_->spawn(
      "counter/1", [&](Context& c) { return std::make_unique<Busy>(c, entered, release.get_future(), ear); },
      RestartSpec::never());
  system_->spawn("zombie", [](Context& c) { return std::make_unique<Zombie>(c); }, RestartSpec::never());
  system_->tell("counter/1", Envelope::of<wire::Sum>());
  entered.get_future().wait();
  system_->tell("zombie", fall(""));
  log_.wait();  // it has fallen; its word waits in the mailbox
  release.set_value();
  system_->tell("counter/1", tell_to("x"));
  EXPECT_EQ(ear.wait(0).value, 0) << "the zombie's word was believed";
  EXPECT_EQ(system_->counts().fenced, 1u);
}

}  // namespace
}  // namespace zenops
