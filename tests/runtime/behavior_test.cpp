#include "runtime/behavior.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/runtime/wire/counting.capnp.h"

namespace zenops {
namespace {

Envelope add(int64_t delta) {
  return Envelope::of<wire::Add>([delta](wire::Add::Builder b) { b.setDelta(delta); });
}

TEST(BehaviorTest, GivesTheMessageToTheHandlerOfItsType) {
  int64_t sum = 0;
  const Behavior b = Behavior{}.on<wire::Add>({"a"}, [&](const Msg<wire::Add>& m) { sum += m->getDelta(); });
  EXPECT_TRUE(b(add(3), "a"));
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(b(Envelope::of<wire::Sum>(), "a").error().code, Ec::unexpected);
}

TEST(BehaviorTest, BelievesAMessageOnlyFromWhoMaySendIt) {
  int calls = 0;
  const Behavior b = Behavior{}.on<wire::Add>({"scheduler", "worker/"}, [&](const Msg<wire::Add>&) { ++calls; });
  EXPECT_TRUE(b(add(1), "worker/12"));
  EXPECT_TRUE(b(add(1), "scheduler"));
  for (const char* liar : {"", "shard/1", "scheduler2", "worker", "xworker/1"})
    EXPECT_EQ(b(add(1), liar).error().code, Ec::unexpected) << liar;
  EXPECT_EQ(calls, 2);
}

TEST(BehaviorTest, CallsBytesThatAreNoMessageMalformed) {
  Envelope e = add(1);
  e.words = Words(2);
  std::memset(static_cast<void*>(e.words.data()), 0xff, e.words.bytes().size());
  const Behavior b = Behavior{}.on<wire::Add>({"a"}, [](const Msg<wire::Add>& m) { m->getDelta(); });
  EXPECT_EQ(b(e, "a").error().code, Ec::malformed);
}

}  // namespace
}  // namespace zenops
