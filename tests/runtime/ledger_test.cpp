#include "runtime/ledger.hpp"

#include <gtest/gtest.h>

#include "base/philox.hpp"

namespace zenops {
namespace {

constexpr uint64_t gib = uint64_t{1} << 30;

NodeSpec big() {
  return {.name = "a", .host = "h", .cores = 8, .gpus = {0, 3}, .memory = 16 * gib, .custom = {{"licence", 1}}};
}

Assigned some(const std::string& name, const std::string& node, const Resources& needs,
              const std::vector<int>& gpus = {}) {
  return {name, node, needs, gpus};
}

TEST(LedgerTest, GivesEachGpuToOneOnlyAndPartsOfItToAsManyAsItHasParts) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join(big()));
  ASSERT_TRUE(ledger.reserve({some("x", "a", {.gpus = 1}, {3})}));
  EXPECT_EQ(ledger.reserve({some("y", "a", {.gpus = 1}, {3})}).error().what,
            "y cannot be placed: node a: gpu 3 is taken");
  EXPECT_TRUE(ledger.reserve({some("y", "a", {.gpus = 0.5}, {0})}));
  EXPECT_TRUE(ledger.reserve({some("z", "a", {.gpus = 0.5}, {0})}));
  EXPECT_EQ(ledger.reserve({some("w", "a", {.gpus = 0.1}, {0})}).error().what,
            "w cannot be placed: node a has at most 0 of a gpu free, 0.1 too few");
}

TEST(LedgerTest, EachGpusMemoryIsGivenOnceAndComesBack) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join({.name = "a", .host = "h", .cores = 1, .gpus = {{0, 80 * gib}, {3, 40 * gib}, 5}}));
  const auto refused = [&](const Resources& needs, std::vector<int> gpus) {
    const auto ids = ledger.reserve({some("x", "a", needs, std::move(gpus))});
    return ids ? "" : ids.error().what;
  };
  const auto ids = ledger.reserve({some("x", "a", {.gpus = 0.5, .gpu_memory = 30 * gib}, {3})});
  ASSERT_TRUE(ids);
  EXPECT_EQ(ledger.used_gpu_memory("a"), (std::map<int, uint64_t>{{0, 0}, {3, 30 * gib}, {5, 0}}));
  EXPECT_EQ(refused({.gpus = 0.5, .gpu_memory = 20 * gib}, {3}), "x cannot be placed: node a: the memory of gpu 3 is taken");
  EXPECT_EQ(refused({.gpus = 0.1, .gpu_memory = 81 * gib}, {0}),
            "x cannot be placed: node a has 80 GiB of 80 GiB of memory free on gpu 0, 1 GiB too few");
  EXPECT_EQ(refused({.gpus = 2, .gpu_memory = gib}, {0, 5}), "x cannot be placed: node a does not know how much memory gpu 5 has");
  EXPECT_EQ(refused({.gpus = 2}, {0, 5}), "") << "where it is not counted";
  ASSERT_TRUE(ledger.release(ids->front()));
  EXPECT_EQ(refused({.gpus = 1, .gpu_memory = 40 * gib}, {3}), "");
  EXPECT_TRUE(ledger.used_gpu_memory("nowhere").empty());
}

TEST(LedgerTest, AnInstanceOfAGpuIsOneForWhoeverNeedsOneAndNoneBesideOthers) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join({.name = "a", .host = "h", .cores = 1, .gpus = {{0, gib, "GPU-x"}, {2, gib, "MIG-y"}, {3, gib, "MIG-z"}}}));
  EXPECT_TRUE(ledger.reserve({some("x", "a", {.gpus = 1}, {2})}));
  EXPECT_TRUE(ledger.reserve({some("x", "a", {.gpus = 0.5}, {3})}));
  EXPECT_EQ(ledger.reserve({some("x", "a", {.gpus = 2}, {0, 3})}).error().what,
            "x cannot be placed: node a has 1 of 3 gpus free, 1 too few; a process sees one instance of a gpu, and no other");
}

TEST(LedgerTest, WhoAsksForACertainGpuIsGivenNoOther) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join(big()));
  EXPECT_EQ(ledger.reserve({some("x", "a", {.gpus = 1, .gpu = 3}, {0})}).error().what, "x cannot be placed: node a: gpu 0 was named for gpu 3");
  EXPECT_TRUE(ledger.reserve({some("x", "a", {.gpus = 0.5, .gpu = 3}, {3})}));
  EXPECT_EQ(ledger.reserve({some("x", "a", {.gpus = 1, .gpu = 3}, {3})}).error().what, "x cannot be placed: node a has 0.5 of gpu 3 free, 0.5 too few");
}

TEST(LedgerTest, TenTenthsAreOneAndTheEleventhIsTooMany) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join({.name = "a", .host = "h", .cores = 1}));
  for (int k = 0; k < 10; ++k) ASSERT_TRUE(ledger.reserve({some("x", "a", {.cores = 0.1})})) << k;
  EXPECT_FALSE(ledger.reserve({some("x", "a", {.cores = 1e-9})})) << "the smallest amount is not nothing";
  EXPECT_TRUE(ledger.reserve({some("x", "a", {})}));
}

TEST(LedgerTest, AGroupHasAllOrNothing) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join(big()));
  const auto refused = ledger.reserve({some("x", "a", {.cores = 6, .gpus = 1}, {0}), some("y", "a", {.cores = 3})});
  EXPECT_EQ(refused.error().what, "y cannot be placed: node a has 2 of 8 cores free, 1 too few");
  EXPECT_TRUE(ledger.leases().empty());
  EXPECT_TRUE(ledger.reserve({some("x", "a", {.cores = 8, .gpus = 2}, {0, 3})}));
}

TEST(LedgerTest, ALiarWhoReleasesTwiceOrWhatItNeverHadChangesNothing) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join(big()));
  const auto ids = ledger.reserve({some("x", "a", {.cores = 8})});
  ASSERT_TRUE(ledger.commit(ids->front()));
  EXPECT_EQ(ledger.commit(ids->front()).error().code, Ec::duplicate);
  ASSERT_TRUE(ledger.release(ids->front()));
  EXPECT_EQ(ledger.release(ids->front()).error().code, Ec::stranger);
  EXPECT_EQ(ledger.release(99).error().code, Ec::stranger);
  EXPECT_EQ(ledger.commit(ids->front()).error().code, Ec::stranger);
  EXPECT_TRUE(ledger.reserve({some("x", "a", {.cores = 8})}));
  EXPECT_FALSE(ledger.reserve({some("x", "a", {.cores = 0.0001})}));
}

TEST(LedgerTest, ANodeThatLeavesTakesItsLeasesWithItAndComesBackEmpty) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join(big()));
  ASSERT_TRUE(ledger.join({.name = "b", .host = "h", .cores = 1}));
  const auto ids = ledger.reserve({some("x", "a", {.cores = 8}), some("y", "b", {.cores = 1}), some("z", "a", {})});
  EXPECT_EQ(ledger.leave("a"), (std::vector<Ledger::Id>{ids->at(0), ids->at(2)}));
  EXPECT_TRUE(ledger.leave("a").empty());
  ASSERT_TRUE(ledger.join(big()));
  EXPECT_EQ(ledger.release(ids->at(0)).error().code, Ec::stranger) << "a lease on the node before is none on this one";
  EXPECT_TRUE(ledger.reserve({some("x", "a", {.cores = 8})}));
  EXPECT_TRUE(ledger.release(ids->at(1)));
}

TEST(LedgerTest, ADrainingNodeTakesNothingNewAndKeepsWhatItHas) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join(big()));
  const auto ids = ledger.reserve({some("x", "a", {.cores = 1})});
  ASSERT_TRUE(ledger.drain("a"));
  EXPECT_EQ(ledger.reserve({some("y", "a", {})}).error().what, "y cannot be placed: node a is being drained");
  EXPECT_TRUE(ledger.commit(ids->front()));
  EXPECT_TRUE(ledger.release(ids->front()));
  ledger.drain("a", false);
  EXPECT_TRUE(ledger.reserve({some("y", "a", {.cores = 8})}));
  EXPECT_FALSE(ledger.drain("nobody"));
}

TEST(LedgerTest, RefusesWhatMakesNoSense) {
  Ledger ledger;
  ASSERT_TRUE(ledger.join(big()));
  EXPECT_EQ(ledger.join(big()).error().code, Ec::duplicate);
  EXPECT_EQ(ledger.join({.name = "c", .host = "h", .cores = -1}).error().what, "node c has -1 cores");
  EXPECT_EQ(ledger.join({.name = "c", .host = "h", .gpus = {1, 1}}).error().code, Ec::malformed);
  EXPECT_EQ(ledger.join({.name = "c", .host = "h", .gpus = {0, -1}}).error().what, "node c names a gpu below 0");
  std::vector<Gpu> many;
  for (int k = 0; k < 1025; ++k) many.emplace_back(k);
  EXPECT_EQ(ledger.join({.name = "c", .host = "h", .gpus = many}).error().what,
            "node c has 1025 gpus, more than the 1024 that there can be");
  const auto refused = [&](const Resources& needs, std::vector<int> gpus) {
    const auto ids = ledger.reserve({some("x", "a", needs, std::move(gpus))});
    return ids ? "" : ids.error().what;
  };
  EXPECT_EQ(refused({.cores = -1}, {}), "x cannot be placed: asks for -1 cores");
  EXPECT_EQ(refused({.cores = std::nan("")}, {}), "x cannot be placed: asks for nan cores");
  EXPECT_EQ(refused({.gpus = 1.5}, {0, 3}),
            "x cannot be placed: asks for 1.5 gpus: there are whole ones, and parts of a single one");
  EXPECT_EQ(refused({.gpus = 2}, {0, 0}), "x cannot be placed: node a: 2 gpus were named for 2");
  EXPECT_EQ(refused({.gpus = 1}, {}), "x cannot be placed: node a: 0 gpus were named for 1");
  EXPECT_EQ(refused({.gpus = 1}, {1}), "x cannot be placed: node a has no gpu 1");
  EXPECT_EQ(refused({.custom = {{"licence", 2}}}, {}), "x cannot be placed: node a has 1 of 1 licence free, 1 too few");
  EXPECT_EQ(refused({.custom = {{"fpga", 1}}}, {}), "x cannot be placed: node a has no fpga");
  EXPECT_EQ(refused({.memory = 17 * gib}, {}),
            "x cannot be placed: node a has 16 GiB of 16 GiB of memory free, 1 GiB too few");
  EXPECT_EQ(ledger.reserve({some("x", "nowhere", {})}).error().what, "x cannot be placed: there is no node nowhere");
}

TEST(LedgerTest, WhateverIsReservedAndReleasedInWhateverOrderItNeverHandsOutMoreThanThereIs) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Stream random({.seed = seed, .role = Role::data, .purpose = Purpose::order});
    Ledger ledger;
    std::vector<Ledger::Id> ids;
    for (int step = 0; step < 200; ++step) {
      const std::string node = random.below(2) ? "a" : "b";
      switch (random.below(8)) {
        case 0:
          static_cast<void>(ledger.join({.name = node, .host = "h", .cores = 4, .gpus = {0, 1}, .memory = 100}));
          break;
        case 1:
          if (random.below(10) == 0) ledger.leave(node);
          break;
        case 2:
          ledger.drain(node, random.below(2) != 0);
          break;
        case 3:
        case 4:
          if (!ids.empty()) static_cast<void>(ledger.release(ids[random.below(static_cast<uint32_t>(ids.size()))]));
          break;
        default: {
          const double gpus = std::array{0.0, 0.3, 0.5, 1.0, 2.0}[random.below(5)];
          std::vector<int> indices;
          for (int g = 0; g < gpus; ++g) indices.push_back(static_cast<int>(random.below(3)));
          if (auto got =
                  ledger.reserve({some("x", node, {0.1 * random.below(30), gpus, random.below(60), {}}, indices)}))
            ids.push_back(got->front());
        }
      }
      std::map<std::string, double> cores;
      std::map<std::string, uint64_t> memory;
      std::map<std::pair<std::string, int>, double> gpus;
      for (const auto& [id, lease] : ledger.leases()) {
        cores[lease.what.node] += lease.what.needs.cores;
        memory[lease.what.node] += lease.what.needs.memory;
        for (const int g : lease.what.gpus) gpus[{lease.what.node, g}] += std::min(1.0, lease.what.needs.gpus);
      }
      for (const auto& [n, sum] : cores) ASSERT_LE(sum, 4.001);
      for (const auto& [n, sum] : memory) ASSERT_LE(sum, 100u);
      for (const auto& [n, sum] : gpus) ASSERT_LE(sum, 1.001);
      for (const Room& room : ledger.view()) {
        ASSERT_GE(room.free_cores(), Amount{});
        ASSERT_NEAR(room.free_cores().value(), 4 - cores[room.name()], 1e-3);
        ASSERT_EQ(room.free_memory(), 100 - memory[room.name()]);
      }
    }
  }
}

}  // namespace
}  // namespace zenops
