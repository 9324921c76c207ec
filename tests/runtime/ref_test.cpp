#include "runtime/ref.hpp"

#include <gmock/gmock.h>

#include "runtime/answers.hpp"
#include "runtime/links.hpp"
#include "runtime/system.hpp"
#include "runtime/wire/runtime.capnp.h"
#include "tests/runtime/ear.hpp"
#include "tests/runtime/wire/counting.capnp.h"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Sums = Expected<Answer<wire::Sum>>;

Envelope question() { return Envelope::of<wire::Ask>(); }
Envelope sum(int64_t value) {
  return Envelope::of<wire::Sum>([value](wire::Sum::Builder b) { b.setValue(value); });
}

/// Does what a test says when it is asked.
class Asked : public Actor {
 public:
  using Does = std::function<void(Context&)>;
  Asked(Context& context, Does does) : Actor(context), does_(std::move(does)) {}
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Ask>({"", "asker"}, [this](const Msg<wire::Ask>&) { does_(context()); })
        .on<wire::Fall>(the_operator, [](const Msg<wire::Fall>& m) { throw std::runtime_error(m->getCause().cStr()); });
  }

 private:
  Does does_;
};

class RefTest : public testing::Test {
 protected:
  void spawn(const std::string& name, Asked::Does does, RestartSpec restarts = {}) {
    system_->spawn(
        name, [does](Context& c) { return std::make_unique<Asked>(c, does); }, restarts);
  }
  OutsideRef ref(const std::string& name, Retry retry = at_most_once(), Clock::Duration within = 10s) {
    return OutsideRef(*system_, name, {within, retry});
  }
  static Sums heard(std::future<Sums>& answer) {
    if (answer.wait_for(60s) != std::future_status::ready) throw std::runtime_error("nothing came of it");
    return answer.get();
  }
  static Sums heard(std::future<Sums>&& answer) { return heard(answer); }
  void fall(const std::string& name, const std::string& cause) {
    const size_t before = log_.size();
    system_->tell(name, Envelope::of<wire::Fall>([&](wire::Fall::Builder b) { b.setCause(cause); }));
    log_.wait(before);
  }

  ManualClock clock_;
  Pool pool_{1};
  Ear<std::string> log_;
  Ear<uint32_t> asked_;  // incarnations
  std::unique_ptr<System> system_ = std::make_unique<System>(
      System::Options{.log = [this](const std::string& line) { log_.hear(line); }}, clock_, pool_);
};

TEST_F(RefTest, IsAnsweredByWhoeverHasItsName) {
  const OutsideRef later = ref("counter/1");
  EXPECT_EQ(later.incarnation(), 0u);
  spawn("counter/1", [](Context& c) { c.reply(sum(7)); });
  EXPECT_EQ(later.incarnation(), 1u);
  EXPECT_EQ((*heard(later.ask<wire::Sum>(question())))->getValue(), 7);
  fall("counter/1", "x");
  clock_.pass(1s);
  EXPECT_EQ(later.incarnation(), 2u);
  EXPECT_EQ((*heard(later.ask<wire::Sum>(question())))->getValue(), 7);
}

TEST_F(RefTest, AnAnswerOfAnotherTypeIsAnError) {
  spawn("liar", [](Context& c) { c.reply(question()); });
  const auto answer = heard(ref("liar").ask<wire::Sum>(question()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Ec::unexpected);
  EXPECT_EQ(answer.error().what, "liar answered with a message that is no Sum");
}

TEST_F(RefTest, AnAnswerThatCannotBeReadIsAnErrorBeforeSomebodyReadsIt) {
  spawn("liar", [](Context& c) {
    Envelope lie = Envelope::of<wire::TensorRef>([](wire::TensorRef::Builder b) { b.initShape(3); });
    lie.type = capnp::typeId<wire::Tell>();  // its text is a list of numbers
    c.reply(std::move(lie));
  });
  const auto answer = ref("liar").ask<wire::Tell>(question()).get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Ec::malformed);
}

TEST_F(RefTest, WhoAnswersTwiceHasAnsweredOnce) {
  spawn("liar", [](Context& c) {
    const auto reply = c.replier();
    reply(sum(1));
    reply(sum(2));
  });
  Ear<int64_t> answers;
  for (int k = 0; k < 3; ++k)
    ref("liar").ask<wire::Sum>(question(), [&](const Sums& answer) { answers.hear((*answer)->getValue()); });
  for (size_t k = 0; k < 3; ++k) EXPECT_EQ(answers.wait(k), 1);
  system_.reset();
  EXPECT_EQ(answers.size(), 3u);
}

TEST_F(RefTest, WhatComesAfterTheDeadlineIsDropped) {
  Context::Reply late;
  Ear<int> asked;
  spawn("liar", [&](Context& c) {
    if (asked.size() > 0) return c.reply(sum(2));
    late = c.replier();
    asked.hear(0);
  });
  auto first = ref("liar", at_most_once(), 100ms).ask<wire::Sum>(question());
  asked.wait();
  clock_.pass(100ms);
  const auto answer = heard(first);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Ec::timeout);
  auto second = ref("liar").ask<wire::Sum>(question());
  late(sum(1));
  EXPECT_EQ((*heard(second))->getValue(), 2);
}

TEST_F(RefTest, AnEndlessDeadlineEndsAfterADay) {
  spawn("mute", [](Context&) {});
  auto answer = ref("mute", idempotent(3), Clock::Duration::max()).ask<wire::Sum>(question());
  clock_.pass(24h - 1s);
  EXPECT_EQ(answer.wait_for(0s), std::future_status::timeout);
  clock_.pass(1s);
  EXPECT_EQ(heard(answer).error().code, Ec::timeout);
}

TEST_F(RefTest, IsAskedOnceWhenItFellBeforeItAnswered) {
  spawn("counter/1", [this](Context& c) { asked_.hear(c.self().incarnation); });
  auto answer = ref("counter/1").ask<wire::Sum>(question());
  asked_.wait();
  fall("counter/1", "division by cucumber");
  const auto failed = heard(answer);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Ec::unreachable);
  EXPECT_EQ(failed.error().what, "counter/1#1 was lost before it answered: division by cucumber");
  clock_.pass(20ms);
  EXPECT_EQ(heard(ref("nobody").ask<wire::Sum>(question())).error().what, "nobody is called nobody");
  EXPECT_EQ(asked_.size(), 1u);
}

TEST_F(RefTest, WhatMayBeHeardTwiceIsAskedAgainOfTheNextIncarnation) {
  spawn("counter/1", [this](Context& c) {
    asked_.hear(c.self().incarnation);
    if (c.self().incarnation == 2) c.reply(sum(9));
  });
  auto answer = ref("counter/1", idempotent(2)).ask<wire::Sum>(question());
  asked_.wait();
  fall("counter/1", "x");
  EXPECT_EQ(answer.wait_for(0s), std::future_status::timeout);
  clock_.pass(20ms);
  EXPECT_EQ((*heard(answer))->getValue(), 9);
  EXPECT_EQ(asked_.wait(1), 2u);
  EXPECT_EQ(asked_.size(), 2u);
}

TEST_F(RefTest, AndNoMoreOftenThanAllowed) {
  spawn("counter/1", [this](Context& c) {
    asked_.hear(c.self().incarnation);
    throw std::runtime_error("it cannot stand being asked");
  });
  auto answer = ref("counter/1", idempotent(2)).ask<wire::Sum>(question());
  log_.wait(0);
  clock_.pass(1s);
  log_.wait(1);
  clock_.pass(1s);
  const auto failed = heard(answer);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Ec::unreachable);
  EXPECT_EQ(failed.error().what, "counter/1#2 was lost before it answered: it cannot stand being asked");
  clock_.pass(1s);
  EXPECT_EQ(asked_.size(), 2u);
}

TEST_F(RefTest, WaitsForWhoeverIsNotThereYet) {
  auto answer = ref("counter/1", idempotent(2)).ask<wire::Sum>(question());
  clock_.pass(5s);
  spawn("counter/1", [](Context& c) { c.reply(sum(3)); });
  EXPECT_EQ((*heard(answer))->getValue(), 3);
}

TEST_F(RefTest, AllTriesHaveOneDeadline) {
  spawn("counter/1", [this](Context& c) { asked_.hear(c.self().incarnation); }, {.backoff = 5s});
  auto answer = ref("counter/1", idempotent(9), 6s).ask<wire::Sum>(question());
  asked_.wait();
  clock_.pass(500ms);
  fall("counter/1", "x");
  clock_.pass(5s);  // its second life begins, and is asked
  EXPECT_EQ(asked_.wait(1), 2u);
  EXPECT_EQ(answer.wait_for(0s), std::future_status::timeout);
  clock_.pass(500ms);
  const auto failed = heard(answer);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Ec::timeout);
  EXPECT_EQ(failed.error().what,
            "counter/1 did not answer within 6000 ms; before: counter/1#1 was lost before it answered: x");
}

TEST_F(RefTest, NobodyWaitsForWhoIsNotStartedAgain) {
  spawn(
      "counter/1", [this](Context& c) { asked_.hear(c.self().incarnation); }, RestartSpec::never());
  auto answer = ref("counter/1", idempotent(5)).ask<wire::Sum>(question());
  asked_.wait();
  fall("counter/1", "x");
  EXPECT_EQ(heard(answer).error().what, "counter/1#1 was lost before it answered: x");
  EXPECT_EQ(heard(ref("counter/1", idempotent(5)).ask<wire::Sum>(question())).error().code, Ec::unreachable);
}

TEST_F(RefTest, WaitsNoLongerWhenWhoIsWaitedForIsGivenUpMeanwhile) {
  spawn("counter/1", [this](Context& c) { asked_.hear(c.self().incarnation); }, {.intensity = 1, .backoff = 10ms});
  fall("counter/1", "x");
  auto answer = ref("counter/1", idempotent(5)).ask<wire::Sum>(question());
  clock_.pass(10ms);
  asked_.wait();
  fall("counter/1", "y");
  EXPECT_EQ(heard(answer).error().what, "counter/1#2 was lost before it answered: y");
}

TEST_F(RefTest, AnErrorThatIsAnsweredIsNotAskedAgainWhateverItSays) {
  for (const Ec code : {Ec::failed, Ec::unreachable, Ec::timeout, Ec::malformed}) {
    const std::string name = "liar/" + std::string(to_string(code));
    Ear<int> asked;
    spawn(name, [&asked, code](Context& c) {
      asked.hear(0);
      c.reply(failure({code, "no"}));
    });
    const auto answer = heard(ref(name, idempotent(3)).ask<wire::Sum>(question()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, code == Ec::malformed ? Ec::malformed : Ec::failed);
    EXPECT_EQ(answer.error().what, "no");
    clock_.pass(1s);
    EXPECT_EQ(asked.size(), 1u) << name;
  }
}

TEST_F(RefTest, WhatAnEarlierLifeAnswersAfterItsEndIsDropped) {
  Context::Reply old;
  Ear<int> fresh;
  spawn("zombie", [&](Context& c) {
    if (c.self().incarnation == 1) old = c.replier();
    asked_.hear(c.self().incarnation);
    if (c.self().incarnation == 2) {
      old(sum(1));
      c.reply(sum(2));
    }
  });
  auto answer = ref("zombie", idempotent(2)).ask<wire::Sum>(question());
  asked_.wait();
  fall("zombie", "x");
  old(sum(1));
  clock_.pass(20ms);
  EXPECT_EQ((*heard(answer))->getValue(), 2);
}

TEST_F(RefTest, TheEndOfTheSystemIsTheEndOfWhatIsAsked) {
  spawn("mute", [this](Context& c) { asked_.hear(c.self().incarnation); }, {.backoff = 1h});
  const OutsideRef once = ref("mute"), often = ref("mute", idempotent(9)), nobody = ref("nobody", idempotent(9));
  auto a = once.ask<wire::Sum>(question()), b = often.ask<wire::Sum>(question()), c = nobody.ask<wire::Sum>(question());
  asked_.wait(1);
  system_.reset();
  for (auto* answer : {&a, &b, &c}) EXPECT_EQ(heard(*answer).error().code, Ec::unreachable);
  EXPECT_EQ(heard(once.ask<wire::Sum>(question())).error().what, "the system has ended");
  EXPECT_EQ(heard(often.ask<wire::Sum>(question())).error().what, "the system has ended");
  often.tell(question());
  EXPECT_EQ(often.incarnation(), 0u);
}

/// Asks somebody, again where that one falls, and goes on in its own handlers' place.
class Asker : public Actor {
 public:
  Asker(Context& context, Ear<std::string>& ear) : Actor(context), ear_(ear) {}
  Behavior handlers() override {
    return Behavior{}.on<wire::Pass>(the_operator, [this](const Msg<wire::Pass>& m) {
      const Ref whom(context(), m->getTo(), {10s, idempotent(2)});
      whom.ask<wire::Sum>(question(), [this](const Sums& answer) {
        ear_.hear(to_string(context().self()) + ": " +
                  (answer ? std::to_string((*answer)->getValue()) : answer.error().what));
      });
    });
  }

 private:
  Ear<std::string>& ear_;
};

TEST_F(RefTest, AnActorAsksAndGoesOnInItself) {
  Ear<std::string> ear;
  system_->spawn("asker", [&](Context& c) { return std::make_unique<Asker>(c, ear); }, {});
  spawn("counter/1", [this](Context& c) {
    asked_.hear(c.self().incarnation);
    if (c.self().incarnation == 2) c.reply(sum(4));
  });
  spawn("liar", [](Context& c) { c.reply(question()); });
  const auto ask = [&](const char* whom) {
    system_->tell("asker", Envelope::of<wire::Pass>([&](wire::Pass::Builder b) { b.setTo(whom); }));
  };
  ask("liar");
  EXPECT_EQ(ear.wait(0), "asker#1: liar answered with a message that is no Sum");
  ask("counter/1");
  asked_.wait();
  const size_t before = log_.size();
  system_->tell("counter/1", Envelope::of<wire::Fall>());
  log_.wait(before);
  // Whether the asker has heard of the fall before or after the next life has begun, it asks that one.
  clock_.pass(20ms);
  EXPECT_EQ(ear.wait(1), "asker#1: 4");
}

/// Two systems of two processes, in one.
class RefBetweenProcessesTest : public testing::Test {
 protected:
  static constexpr uint64_t here = 11, there = 22;
  static System::Options options(uint64_t process) {
    System::Options options;
    options.network = System::Network{{process, "127.0.0.1", 0, {}}};
    return options;
  }
  RefBetweenProcessesTest() {
    here_.introduce(there_.links()->self());
    there_.introduce(here_.links()->self());
  }
  void live(const std::string& name, uint32_t incarnation, Asked::Does does) {
    there_.begin(
        {name, incarnation}, [does](Context& c) { return std::make_unique<Asked>(c, does); }, [](auto&, auto, auto&) {});
    here_.learn(Life::begun({name, incarnation}, there));
  }

  SystemClock clock_;
  Pool pool_{1};
  Ear<uint32_t> asked_;
  System here_{options(here), clock_, pool_}, there_{options(there), clock_, pool_};
};

TEST_F(RefBetweenProcessesTest, WhatMayBeHeardTwiceIsAskedAgainOfTheNextIncarnation) {
  const auto does = [this](Context& c) {
    asked_.hear(c.self().incarnation);
    if (c.self().incarnation == 2) c.reply(sum(5));
  };
  live("counter/1", 1, does);
  auto once = OutsideRef(here_, "counter/1", {1h}).ask<wire::Sum>(question());
  auto twice = OutsideRef(here_, "counter/1", {1h, idempotent(2)}).ask<wire::Sum>(question());
  asked_.wait(1);
  there_.end({"counter/1", 1});
  here_.learn(Life::ended({"counter/1", 1}, there, "x", true));
  ASSERT_EQ(once.wait_for(60s), std::future_status::ready);
  EXPECT_EQ(once.get().error().what, "counter/1#1 was lost before it answered: x");
  live("counter/1", 2, does);
  ASSERT_EQ(twice.wait_for(60s), std::future_status::ready);
  EXPECT_EQ((*twice.get())->getValue(), 5);
}

TEST_F(RefBetweenProcessesTest, WhoIsBelievedToBeThereAndIsNotIsAskedAgainAfterAPause) {
  here_.learn(Life::begun({"counter/1", 1}, there));
  auto answer = OutsideRef(here_, "counter/1", {20s, idempotent(50)}).ask<wire::Sum>(question());
  EXPECT_EQ(answer.wait_for(50ms), std::future_status::timeout);
  there_.begin(
      {"counter/1", 1}, [](Context& c) { return std::make_unique<Asked>(c, [](Context& me) { me.reply(sum(6)); }); },
      [](auto&, auto, auto&) {});
  ASSERT_EQ(answer.wait_for(60s), std::future_status::ready);
  EXPECT_EQ((*answer.get())->getValue(), 6);
}

TEST_F(RefBetweenProcessesTest, NobodyAnswersForSomebodyElse) {
  // The liar guesses the question's number, and is quicker.
  live("liar", 1, [](Context& c) {
    for (uint64_t number = 0; number < 64; ++number) {
      Envelope lie = sum(666);
      lie.request = number;
      lie.answer = true;
      c.tell("asker", std::move(lie));
    }
    c.reply(sum(1));
  });
  Context::Reply reply;
  live("honest", 1, [&](Context& c) {
    reply = c.replier();
    asked_.hear(1);
  });
  there_.learn(Life::begun({"asker", 1}, here));
  auto answer = OutsideRef(here_, "honest").ask<wire::Sum>(question());
  asked_.wait();
  EXPECT_NE((*OutsideRef(here_, "liar").ask<wire::Sum>(question()).get())->getValue(), 0);
  reply(sum(42));
  EXPECT_EQ((*answer.get())->getValue(), 42);
}

}  // namespace
}  // namespace zenops
