#include "runtime/text_form.hpp"

#include <gmock/gmock.h>

#include "runtime/system.hpp"
#include "runtime/wire/cluster.capnp.h"
#include "runtime/wire/runtime.capnp.h"
#include "tests/runtime/wire/counting.capnp.h"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// It says what it counts, and answers to that question in two ways.
class Talker : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Add>(anybody, [this](const Msg<wire::Add>& m) { n_ += m->getDelta(); })
        .on<wire::Tell>({"worker/", "scheduler"}, [](const Msg<wire::Tell>&) {})
        .answer<wire::Ask, wire::Sum>(anybody, [this](const auto&, wire::Sum::Builder out) { out.setValue(n_); });
  }
  std::string summary() const override { return "n = " + std::to_string(n_); }

 private:
  int64_t n_ = 0;
};

class TextFormTest : public testing::Test {
 protected:
  TextFormTest() {
    system_.spawn("talker", [](Context& context) { return std::make_unique<Talker>(context); }, {});
  }
  Expected<Envelope> ask(Envelope question) { return system_.ask("talker", std::move(question), 10s).get(); }
  ActorDescription describe() { return *description_of("talker", *ask(Envelope::of<wire::Describe>())); }

  SystemClock clock_;
  Pool pool_{1};
  System system_{{}, clock_, pool_};
};

TEST_F(TextFormTest, AnActorSaysWhatItAnswersToAndHowItStands) {
  system_.tell("talker", Envelope::of<wire::Add>([](wire::Add::Builder out) { out.setDelta(4); }));
  const ActorDescription it = describe();
  EXPECT_EQ(to_string(it.who), "talker#1");
  EXPECT_EQ(it.state, "n = 4");
  EXPECT_EQ(it.handled, 2u) << "this question among them";
  EXPECT_FALSE(it.frozen);
  ASSERT_EQ(it.messages.size(), 3u);
  EXPECT_EQ(it.messages[0].name, "Add");
  EXPECT_THAT(it.messages[0].fields, ElementsAre("delta :Int64"));
  EXPECT_EQ(it.messages[0].answer, "");
  EXPECT_EQ(it.messages[1].name, "Ask");
  EXPECT_EQ(it.messages[1].answer, "Sum");
  EXPECT_THAT(it.messages[1].from, ElementsAre("*"));
  EXPECT_EQ(it.messages[2].name, "Tell");
  EXPECT_THAT(it.messages[2].from, ElementsAre("worker/", "scheduler"));
}

TEST_F(TextFormTest, AMessageIsWrittenAndReadByWhoeverHasNeverHeardOfItsSchema) {
  const ActorDescription it = describe();
  system_.tell("talker", *message_of_text(it, "Add", "(delta = 5)"));
  const auto answer = ask(*message_of_text(it, "Ask", ""));
  EXPECT_EQ(text_of_message(it, *answer), "Sum (value = 5, rowSum = 0, pid = 0, incarnation = 0)");
}

TEST_F(TextFormTest, ATextThatDoesNotFitShowsWhere) {
  const ActorDescription it = describe();
  EXPECT_EQ(message_of_text(it, "Ad", "").error().what, "talker#1 answers to no Ad; it answers to Add, Ask, Tell");
  const auto wrong = [&](const std::string& text) { return message_of_text(it, "Add", text).error(); };
  EXPECT_EQ(wrong("(delta = 5").code, Ec::malformed);
  EXPECT_THAT(wrong("(delta = 5").what, StartsWith("Add, at character 1"));
  EXPECT_THAT(wrong("(dalta = 5)").what, HasSubstr("dalta"));
  EXPECT_THAT(wrong("(delta = \"five\")").what, StartsWith("Add, at character 10, \"\"five\")\""));
  EXPECT_EQ(wrong("(delta = 5) and more").what, "Add: Extra tokens in input.");
}

TEST_F(TextFormTest, WhatNobodyHasToldOfAndWhatLiesIsSaidInWords) {
  const ActorDescription it = describe();
  EXPECT_THAT(text_of_message(it, Envelope::of<wire::Fall>()), HasSubstr("of which nobody has told"));
  Envelope liar = Envelope::of<wire::Tell>([](wire::Tell::Builder out) { out.setTo("x"); });
  for (size_t k = 0; k < liar.words.size(); ++k) reinterpret_cast<uint64_t*>(liar.words.data())[k] = ~uint64_t{0};
  EXPECT_THAT(text_of_message(it, liar), HasSubstr("cannot be read"));
  EXPECT_EQ(description_of("talker", liar).error().what, "talker answered with no description");
  liar.type = capnp::typeId<wire::Description>();
  EXPECT_EQ(description_of("talker", liar).error().code, Ec::malformed);
}

TEST_F(TextFormTest, ADescriptionWhoseMessagesHaveNoSchemasIsRefused) {
  const Envelope liar = Envelope::of<wire::Description>([](wire::Description::Builder out) { out.initMessages(1)[0].setId(7); });
  EXPECT_EQ(description_of("talker", liar).error().code, Ec::malformed);
}

TEST_F(TextFormTest, ALiarsSchemasAndNameAreItsOwn) {
  // Of the same id, but its number is called otherwise.
  const Envelope honest = *ask(Envelope::of<wire::Describe>());
  capnp::MallocMessageBuilder builder;
  builder.setRoot(*Msg<wire::Description>(honest));
  auto lies = builder.getRoot<wire::Description>();
  lies.setName("shard/0");
  for (auto node : lies.getSchemas())
    if (node.getId() == capnp::typeId<wire::Add>()) node.getStruct().getFields()[0].setName("poison");
  Envelope liar;
  liar.type = capnp::typeId<wire::Description>();
  liar.words = Envelope::flat(builder);
  const auto its = description_of("worker/3", liar);
  ASSERT_TRUE(its.has_value()) << its.error().what;
  EXPECT_EQ(its->who.name, "worker/3") << "who it is, is who was asked";
  EXPECT_TRUE(message_of_text(*its, "Add", "(poison = 5)").has_value());
  EXPECT_TRUE(message_of_text(describe(), "Add", "(delta = 5)").has_value());
}

TEST_F(TextFormTest, WhoIsFrozenLivesAndSaysNothingUntilItThaws) {
  ASSERT_TRUE(ask(Envelope::of<wire::Freeze>()).has_value());
  system_.tell("talker", Envelope::of<wire::Add>([](wire::Add::Builder out) { out.setDelta(1); }));
  auto late = system_.ask("talker", Envelope::of<wire::Ask>(), 10s);
  system_.tell("talker", Envelope::of<wire::Add>([](wire::Add::Builder out) { out.setDelta(1); }));
  const ActorDescription it = describe();
  EXPECT_TRUE(it.frozen);
  EXPECT_EQ(it.state, "n = 0");
  EXPECT_EQ(late.wait_for(0s), std::future_status::timeout);
  ASSERT_TRUE(ask(Envelope::of<wire::Thaw>()).has_value());
  EXPECT_EQ(Msg<wire::Sum>(*late.get())->getValue(), 1) << "what has waited is heard in its order";
  EXPECT_EQ(describe().state, "n = 2");
}

TEST_F(TextFormTest, WhoIsFrozenFallsWhenItIsKilled) {
  ASSERT_TRUE(ask(Envelope::of<wire::Freeze>()).has_value());
  auto late = system_.ask("talker", Envelope::of<wire::Ask>(), 10s);
  ASSERT_TRUE(system_.fall("talker", "it was enough"));
  EXPECT_THAT(late.get().error().what, HasSubstr("it was enough"));
}

/// Says to "talker" whatever it is told to say.
class Agitator : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Finish>(the_operator, [this](const Msg<wire::Finish>&) { context().tell("talker", Envelope::of<wire::Freeze>()); })
        .on<wire::Ask>(the_operator, [this](const Msg<wire::Ask>&) {
          context().ask("talker", Envelope::of<wire::Describe>(), 5s,
                        [reply = context().replier()](Expected<Envelope> answer) { reply(Envelope::of<wire::Sum>([&](wire::Sum::Builder out) { out.setValue(answer.has_value()); })); });
        });
  }
};

TEST_F(TextFormTest, WhoIsFrozenCannotBeOneOfTheRuntimes) {
  system_.spawn("head", [](Context& context) { return std::make_unique<Talker>(context); }, {});
  EXPECT_FALSE(system_.ask("head", Envelope::of<wire::Freeze>(), 10s).get().has_value());
  EXPECT_TRUE(system_.ask("head", Envelope::of<wire::Ask>(), 10s).get().has_value());
}

TEST_F(TextFormTest, OnlyTheOperatorFreezesAndInspects) {
  system_.spawn("agitator", [](Context& context) { return std::make_unique<Agitator>(context); }, {});
  system_.tell("agitator", Envelope::of<wire::Finish>());
  const auto answer = system_.ask("agitator", Envelope::of<wire::Ask>(), 10s).get();
  EXPECT_EQ(Msg<wire::Sum>(*answer)->getValue(), 0);
  EXPECT_FALSE(describe().frozen);
}

}  // namespace
}  // namespace zenops
