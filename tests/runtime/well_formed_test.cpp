#include "runtime/well_formed.hpp"

#include <gmock/gmock.h>

#include "base/philox.hpp"
#include "runtime/message.hpp"
#include "runtime/wire/cluster.capnp.h"
#include "tests/runtime/wire/counting.capnp.h"

namespace zenops {
namespace {

template <class Root>
Expected<void> fits(const Envelope& envelope) {
  return well_formed(envelope, capnp::Schema::from<Root>());
}

Envelope spawning() {
  return Envelope::of<wire::Spawn>([](wire::Spawn::Builder out) {
    auto actors = out.initActors(3);
    for (uint32_t k = 0; k < 3; ++k) actors[k].setName("worker/" + std::to_string(k));
  });
}

TEST(WellFormedTest, IsWhatWeWrite) {
  EXPECT_TRUE(fits<wire::Spawn>(spawning()));
  EXPECT_TRUE(fits<wire::Sum>(Envelope::of<wire::Sum>()));
  EXPECT_TRUE(fits<wire::Tell>(Envelope::of<wire::Tell>()));
}

TEST(WellFormedTest, IsNotWhatIsNoMessage) {
  EXPECT_EQ(fits<wire::Sum>(Envelope{}).error().code, Ec::malformed);
  Envelope empty = Envelope::of<wire::Sum>();
  empty.words = Words(0);
  EXPECT_EQ(fits<wire::Sum>(empty).error().code, Ec::malformed);
  EXPECT_EQ(fits<wire::Tell>(spawning()).error().code, Ec::malformed) << "a list of structs was taken for a text";
}

TEST(WellFormedTest, WhateverPassesCanBeReadToItsEnd) {
  const Envelope good = spawning();
  int passed = 0, refused = 0;
  for (uint64_t seed = 0; seed < 5000; ++seed) {
    Stream random({.seed = seed});
    Words words(good.words.view());
    auto* bytes = reinterpret_cast<unsigned char*>(words.data());
    for (uint32_t flips = 1 + random.below(3); flips > 0; --flips) {
      const uint32_t bit = random.below(static_cast<uint32_t>(words.size() * 64));
      bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ (1u << bit % 8));
    }
    Envelope bad = good;
    bad.words = std::move(words);
    if (!fits<wire::Spawn>(bad)) {
      ++refused;
      continue;
    }
    ++passed;
    EXPECT_NO_THROW(static_cast<void>(kj::str(*Msg<wire::Spawn>(bad)))) << "seed " << seed;
  }
  EXPECT_GT(passed, 500);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace zenops
