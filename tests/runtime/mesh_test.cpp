#include "runtime/mesh.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "runtime/system.hpp"
#include "tests/runtime/ear.hpp"
#include "tests/runtime/wire/counting.capnp.h"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;
using Sums = Gathered<wire::Sum>;

TEST(NamesTest, AreWrittenAsARange) {
  const auto workers = Names::parse("worker[0..14]");
  ASSERT_TRUE(workers);
  EXPECT_EQ(workers->size(), 15u);
  EXPECT_EQ((*workers)[0], "worker/0");
  EXPECT_EQ((*workers)[14], "worker/14");
  EXPECT_EQ(to_string(*workers), "worker[0..14]");
  EXPECT_EQ(to_string(*Names::parse("a/b[7]")), "a/b[7]");
  EXPECT_EQ((*Names::parse("a/b[7]"))[0], "a/b/7");
  EXPECT_EQ((*Names::parse("w[4294967290..4294967295]"))[5], "w/4294967295");
}

TEST(NamesTest, AreSliced) {
  const Names workers("worker", 5, 10);
  EXPECT_EQ(to_string(workers.slice(2, 3)), "worker[7..9]");
  EXPECT_EQ(to_string(workers.slice(2, 3).slice(1, 1)), "worker[8]");
  EXPECT_EQ(to_string(workers.slice(10, 0)), "worker[]");
  EXPECT_THROW(static_cast<void>(workers.slice(8, 3)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(workers.slice(11, 0)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(workers.slice(1, SIZE_MAX)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(workers[10]), std::out_of_range);
}

TEST(NamesTest, SaysWhatIsNoRange) {
  for (const char* text : {"", "worker", "worker/3", "[0..3]", "worker[0..3", "worker[0..3]x"})
    EXPECT_THAT(Names::parse(text).error().what, HasSubstr("names no actors")) << text;
  for (const char* text : {"worker[]", "worker[..]", "worker[1..]", "worker[..1]", "worker[a..b]", "worker[-1..3]",
                           "worker[0...3]", "worker[0..3..5]", "worker[ 1]", "worker[0..4294967296]", "worker[0][1]"})
    EXPECT_THAT(Names::parse(text).error().what, HasSubstr("no two numbers")) << text;
  EXPECT_EQ(Names::parse("worker[3..2]").error().what, "\"worker[3..2]\" ends before it begins");
  EXPECT_THAT(Names::parse("worker[0..4294967295]").error().what, HasSubstr("too many"));
}

TEST(QuorumTest, IsDecidedByTheKthAnswerOrWhenItCannotCome) {
  Quorum tally(2, 4);
  tally.failure();
  tally.answer();
  tally.failure();
  EXPECT_FALSE(tally.closed());
  Quorum hopeless = tally;
  hopeless.failure();
  EXPECT_TRUE(hopeless.closed());
  tally.answer();
  EXPECT_TRUE(tally.closed());
  EXPECT_TRUE(Quorum(0, 4).closed());
  EXPECT_TRUE(Quorum(5, 4).closed());
}

TEST(QuorumTest, APatientOneHearsEverybody) {
  Quorum tally(3, 3, Quorum::Patience::until_all_have_spoken);
  tally.failure();
  tally.answer();
  EXPECT_FALSE(tally.closed());
  tally.failure();
  EXPECT_TRUE(tally.closed());
  EXPECT_TRUE(Quorum(0, 0, Quorum::Patience::until_all_have_spoken).closed());
}

/// Keeps who asks it until the test answers; keeps what it is told.
class Member : public Actor {
 public:
  struct Kept {
    std::string who;
    Context::Reply reply;
    Envelope message;
  };
  Member(Context& context, Ear<Kept>& ear) : Actor(context), ear_(ear) {}
  Behavior handlers() override {
    const auto keep = [this](const auto& m) { ear_.hear({context().self().name, context().replier(), m.envelope()}); };
    return Behavior{}
        .on<wire::Ask>({"", "asker"}, keep)
        .on<wire::Add>({"", "asker"}, keep)
        .on<wire::Fall>(the_operator, [](const Msg<wire::Fall>&) { throw std::runtime_error("x"); });
  }

 private:
  Ear<Kept>& ear_;
};

class MeshTest : public testing::Test {
 protected:
  void spawn(uint32_t count) {
    for (uint32_t k = 0; k < count; ++k)
      system_.spawn("worker/" + std::to_string(k), [this](Context& c) { return std::make_unique<Member>(c, ear_); },
                    {.backoff = 1h});
  }
  OutsideMesh mesh(uint32_t count, Clock::Duration within = 10s) {
    return {system_, Names("worker", 0, count), {within}};
  }
  static Envelope question() { return Envelope::of<wire::Ask>(); }
  static Envelope sum(int64_t value) {
    return Envelope::of<wire::Sum>([value](wire::Sum::Builder b) { b.setValue(value); });
  }
  /// Once all of them have been asked.
  Context::Reply reply_of(const std::string& who, size_t asked) {
    for (size_t k = 0; k < asked; ++k)
      if (const auto kept = ear_.wait(k); kept.who == who) return kept.reply;
    throw std::runtime_error(who + " was not asked");
  }
  static Sums heard(std::future<Sums>& answers) {
    if (answers.wait_for(60s) != std::future_status::ready) throw std::runtime_error("nothing came of it");
    return answers.get();
  }
  static std::vector<std::pair<std::string, int64_t>> values(const Sums& sums) {
    std::vector<std::pair<std::string, int64_t>> out;
    for (const auto& [who, answer] : sums.answers) out.emplace_back(who, answer->getValue());
    return out;
  }
  static std::vector<std::pair<std::string, Ec>> codes(const Sums& sums) {
    std::vector<std::pair<std::string, Ec>> out;
    for (const auto& [who, error] : sums.errors) out.emplace_back(who, error.code);
    return out;
  }

  ManualClock clock_;
  Pool pool_{1};
  Ear<Member::Kept> ear_;
  System system_{{}, clock_, pool_};
};

TEST_F(MeshTest, HasTheFirstAnswersAndDropsTheLateOnes) {
  spawn(4);
  auto answers = mesh(4).ask_first<wire::Sum>(2, question());
  reply_of("worker/2", 4)(sum(22));
  EXPECT_EQ(answers.wait_for(0s), std::future_status::timeout);
  reply_of("worker/0", 4)(sum(20));
  const Sums sums = heard(answers);
  EXPECT_TRUE(sums.enough());
  EXPECT_THAT(values(sums), ElementsAre(Pair("worker/2", 22), Pair("worker/0", 20)));
  EXPECT_TRUE(sums.errors.empty());
  reply_of("worker/1", 4)(sum(21));
  clock_.pass(1h);
  EXPECT_EQ(system_.counts().unexpected + system_.counts().malformed + system_.counts().fenced, 0u);
}

TEST_F(MeshTest, SaysAtOnceWhenTooFewCanStillAnswer) {
  spawn(4);
  auto answers = mesh(6).ask_first<wire::Sum>(3, question());  // two of them are not there
  reply_of("worker/1", 4)(sum(21));
  EXPECT_EQ(answers.wait_for(0s), std::future_status::timeout);
  reply_of("worker/3", 4)(question());  // a liar
  EXPECT_EQ(answers.wait_for(0s), std::future_status::timeout);
  system_.tell("worker/0", Envelope::of<wire::Fall>());
  const Sums sums = heard(answers);
  EXPECT_FALSE(sums.enough());
  EXPECT_EQ(sums.wanted, 3u);
  EXPECT_THAT(values(sums), ElementsAre(Pair("worker/1", 21)));
  EXPECT_THAT(codes(sums), UnorderedElementsAre(Pair("worker/4", Ec::unreachable), Pair("worker/5", Ec::unreachable),
                                                Pair("worker/3", Ec::unexpected), Pair("worker/0", Ec::unreachable)));
}

TEST_F(MeshTest, MoreThanThereAreAreNotAskedFor) {
  spawn(2);
  auto answers = mesh(2).ask_first<wire::Sum>(3, question());
  EXPECT_FALSE(heard(answers).enough());
  EXPECT_EQ(ear_.size(), 0u);
  auto none = mesh(2).ask_first<wire::Sum>(0, question());
  EXPECT_TRUE(heard(none).enough());
}

TEST_F(MeshTest, WhoAnswersTwiceOrIsNamedTwiceCountsOnce) {
  spawn(2);
  const auto refs = mesh(2).refs();
  const std::vector<Ref> named = {refs[0], refs[0], refs[1]};
  Ear<Sums> sums;
  first<wire::Sum>(2, named, question(), 10s, [&](Sums s) { sums.hear(std::move(s)); });
  const auto reply = reply_of("worker/0", 2);
  reply(sum(1));
  reply(sum(2));
  EXPECT_EQ(sums.size(), 0u);
  reply_of("worker/1", 2)(sum(3));
  EXPECT_THAT(values(sums.wait()), ElementsAre(Pair("worker/0", 1), Pair("worker/1", 3)));
  EXPECT_EQ(ear_.size(), 2u) << "somebody was asked twice";
}

TEST_F(MeshTest, AskingAllHearsEverybodyOrTheDeadline) {
  spawn(3);
  auto answers = mesh(4, 2s).ask_all<wire::Sum>(question());
  reply_of("worker/1", 3)(sum(21));
  clock_.pass(1999ms);
  EXPECT_EQ(answers.wait_for(0s), std::future_status::timeout);
  reply_of("worker/0", 3)(sum(20));
  clock_.pass(1ms);
  const Sums sums = heard(answers);
  EXPECT_FALSE(sums.enough());
  EXPECT_THAT(values(sums), ElementsAre(Pair("worker/1", 21), Pair("worker/0", 20)));
  EXPECT_THAT(codes(sums), ElementsAre(Pair("worker/3", Ec::unreachable), Pair("worker/2", Ec::timeout)));
}

TEST_F(MeshTest, ASliceIsOnlyThose) {
  spawn(5);
  auto answers = mesh(5).slice(1, 2).ask_all<wire::Sum>(question());
  reply_of("worker/2", 2)(sum(2));
  reply_of("worker/1", 2)(sum(1));
  EXPECT_THAT(values(heard(answers)), UnorderedElementsAre(Pair("worker/1", 1), Pair("worker/2", 2)));
  EXPECT_EQ(ear_.size(), 2u);
}

TEST_F(MeshTest, AllWhoAreToldShareOneMessageAndItsRows) {
  spawn(15);
  Rows rows;
  const Envelope message =
      Envelope::of<wire::Add>([](wire::Add::Builder b) { b.setDelta(7); }, {rows.make(1000), rows.make(3).slice(1, 1)});
  mesh(15).tell(message);
  std::set<std::string> who;
  for (size_t k = 0; k < 15; ++k) {
    const auto kept = ear_.wait(k);
    who.insert(kept.who);
    EXPECT_TRUE(std::ranges::equal(kept.message.words.bytes(), message.words.bytes()));
    for (size_t r = 0; r < 2; ++r) EXPECT_EQ(kept.message.rows[r].view().data(), message.rows[r].view().data());
  }
  EXPECT_EQ(who.size(), 15u);
}

/// Asks a mesh and says what came of it.
class Asker : public Actor {
 public:
  Asker(Context& context, Ear<std::string>& ear) : Actor(context), ear_(ear) {}
  Behavior handlers() override {
    return Behavior{}.on<wire::Ask>(the_operator, [this](const Msg<wire::Ask>&) {
      Mesh(context(), Names("worker", 0, 3))
          .ask_first<wire::Sum>(2, Envelope::of<wire::Ask>(), [this](const Sums& sums) {
            ear_.hear(to_string(context().self()) + " has " + std::to_string(sums.answers.size()));
          });
    });
  }

 private:
  Ear<std::string>& ear_;
};

TEST_F(MeshTest, AnActorAsksAMeshAndGoesOnInItself) {
  spawn(3);
  Ear<std::string> ear;
  system_.spawn("asker", [&](Context& c) { return std::make_unique<Asker>(c, ear); }, {});
  system_.tell("asker", question());
  reply_of("worker/2", 3)(sum(1));
  reply_of("worker/0", 3)(sum(1));
  EXPECT_EQ(ear.wait(), "asker#1 has 2");
}

}  // namespace
}  // namespace zenops
