#include "runtime/local_head.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "runtime/system.hpp"
#include "runtime/wire/cluster_words.hpp"
#include "tests/runtime/counter.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class LocalHeadTest : public testing::Test {
 protected:
  LocalHeadTest() {
    system_.spawn("head", [this](Context& context) { return std::make_unique<LocalHead>(context, system_, "a run"); }, RestartSpec::never());
    for (const char* name : {"counter/1", "counter/2"})
      system_.spawn(name, [](Context& context) { return std::make_unique<Counter>(context); }, {.intensity = 1});
  }
  Expected<Envelope> ask(const std::string& name, Envelope question, Clock::Duration within = 60s) {
    return system_.ask(name, std::move(question), within).get();
  }
  Expected<Envelope> kill(const std::string& name) {
    return ask("head", Envelope::of<wire::KillActor>([&](wire::KillActor::Builder out) {
                 out.setName(name);
                 out.setCause("it was in the way");
               }));
  }
  static Envelope pass(const std::string& to) {
    return Envelope::of<wire::Pass>([&](wire::Pass::Builder out) { out.setTo(to); });
  }

  SystemClock clock_;
  Pool pool_{1};
  System system_{{}, clock_, pool_};
};

TEST_F(LocalHeadTest, ReportsWhoThereIsAndWhenAndWhySomebodyFell) {
  const auto restarted = [&] {
    const auto envelope = ask("head", Envelope::of<wire::Inquire>());
    return Msg<wire::Report>(*envelope)->getActors()[0].getIncarnation() == 2;
  };
  ASSERT_TRUE(kill("counter/1").has_value());
  while (!restarted()) std::this_thread::yield();
  const auto envelope = ask("head", Envelope::of<wire::Inquire>());
  const Msg<wire::Report> report(*envelope);
  ASSERT_EQ(report->getActors().size(), 2u) << "the head is not one of them";
  const auto first = report->getActors()[0], second = report->getActors()[1];
  EXPECT_STREQ(first.getName().cStr(), "counter/1");
  EXPECT_EQ(first.getFalls(), 1u);
  EXPECT_STREQ(first.getCause().cStr(), "it was in the way");
  EXPECT_GT(first.getEnded(), 1'600'000'000'000);
  EXPECT_STREQ(second.getState().cStr(), "up");
  EXPECT_STREQ(second.getJob().cStr(), "a run");
  EXPECT_EQ(second.getEnded(), 0);
  EXPECT_EQ(report->getNodes().size(), 1u);
}

TEST_F(LocalHeadTest, KillsNobodyWhoIsNotThereAndNotItself) {
  EXPECT_EQ(kill("counter/3").error().what, "nobody lives who is called counter/3");
  EXPECT_EQ(kill("head").error().what, "nobody lives who is called head");
}

TEST_F(LocalHeadTest, WhoIsCutOffIsNotHeardUntilItHeals) {
  const Envelope cut = Envelope::of<wire::Sever>([](wire::Sever::Builder out) {
    write(Cut{{"counter/1"}, {"counter/2", "worker/"}}, out);
  });
  EXPECT_TRUE(ask("counter/1", pass("counter/2")).has_value());
  ASSERT_TRUE(ask("head", cut).has_value());
  EXPECT_EQ(ask("counter/1", pass("counter/2"), 50ms).error().code, Ec::timeout);
  EXPECT_EQ(ask("counter/2", pass("counter/1"), 50ms).error().code, Ec::timeout) << "nor the other way";
  EXPECT_TRUE(ask("counter/2", Envelope::of<wire::Ask>()).has_value()) << "the operator reaches everybody";
  ASSERT_TRUE(ask("head", Envelope::of<wire::Heal>()).has_value());
  EXPECT_TRUE(ask("counter/1", pass("counter/2")).has_value());
}

TEST(Cut, PartsBothSidesByNamesAndPrefixesAndNothingElse) {
  const std::vector<Cut> cuts{{{"worker/1", "worker/2"}, {"shard/"}}};
  EXPECT_TRUE(parted(cuts, "worker/1", "shard/0"));
  EXPECT_TRUE(parted(cuts, "shard/0", "worker/2"));
  EXPECT_FALSE(parted(cuts, "worker/1", "worker/2"));
  EXPECT_FALSE(parted(cuts, "worker/10", "shard/0"));
  EXPECT_FALSE(parted(cuts, "", "shard/0"));
  EXPECT_FALSE(parted({{anybody, anybody}}, "head", "worker/1")) << "the cluster itself is on no side";
  EXPECT_FALSE(parted({}, "worker/1", "shard/0"));
}

}  // namespace
}  // namespace zenops
