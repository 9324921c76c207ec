#include "runtime/placer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "base/philox.hpp"

namespace zenops {
namespace {

using Found = Expected<std::vector<Assigned>>;

std::vector<Room> rooms(const std::vector<NodeSpec>& specs) { return {specs.begin(), specs.end()}; }

Bundle some(const std::string& name, const Resources& needs, const std::string& on = {}, const std::string& near = {},
            const std::vector<std::string>& avoid = {}, const std::vector<std::string>& never = {}) {
  return {name, needs, on, near, avoid, never};
}

std::vector<Bundle> bundles(size_t count, const Resources& each) {
  std::vector<Bundle> out;
  for (size_t k = 0; k < count; ++k) out.push_back(some("worker/" + std::to_string(k), each));
  return out;
}

std::map<std::string, size_t> by_node(const Found& found) {
  std::map<std::string, size_t> out;
  for (const Assigned& one : *found) ++out[one.node];
  return out;
}

const std::vector<NodeSpec> three = {{.name = "a", .host = "ha", .cores = 8, .gpus = {0, 1}},
                                     {.name = "b", .host = "hb", .cores = 4},
                                     {.name = "c", .host = "hb", .cores = 4}};

TEST(PlacerTest, SpreadsEvenlyAndPacksOnOne) {
  const auto spread = place({bundles(6, {}), Strategy::spread}, rooms(three));
  EXPECT_EQ(by_node(spread), (std::map<std::string, size_t>{{"a", 2}, {"b", 2}, {"c", 2}}));
  EXPECT_EQ(by_node(place({bundles(6, {}), Strategy::pack}, rooms(three))).size(), 1u);
  const auto packed = place({bundles(6, {.cores = 2}), Strategy::pack}, rooms(three));
  EXPECT_EQ(by_node(packed), (std::map<std::string, size_t>{{"a", 4}, {"b", 2}}));
}

TEST(PlacerTest, SpreadsOverAllNodesWhereTheFirstThatComesToMindDoesNot) {
  auto nodes = rooms({{.name = "a", .host = "a", .cores = 8}, {.name = "b", .host = "b", .cores = 8}, {.name = "c", .host = "c", .cores = 8}});
  ASSERT_TRUE(nodes[0].take({.cores = 1}, {}));
  ASSERT_TRUE(nodes[2].take({.cores = 7}, {}));
  const auto found = place({{some("x", {}, {}, {}, {}, {"c"}), some("y", {}, {}, {}, {}, {"b"}), some("z", {}, {}, {}, {}, {"c"})}, Strategy::spread}, nodes);
  EXPECT_EQ(by_node(found).size(), 3u);
}

TEST(PlacerTest, StrictStrategiesHoldOrRefuse) {
  EXPECT_EQ(by_node(place({bundles(4, {.cores = 2}), Strategy::strict_pack}, rooms(three))),
            (std::map<std::string, size_t>{{"a", 4}}));
  EXPECT_EQ(by_node(place({bundles(3, {.cores = 2}), Strategy::strict_spread}, rooms(three))).size(), 3u);
  EXPECT_EQ(place({bundles(5, {.cores = 2}), Strategy::strict_pack}, rooms(three)).error().what,
            "strict_pack: 5 bundles do not fit on one node: "
            "node a has 0 of 8 cores free, 2 too few for worker/4 beside the 4 others placed before it, "
            "node b has 0 of 4 cores free, 2 too few for worker/2 beside the 2 others placed before it, "
            "node c has 0 of 4 cores free, 2 too few for worker/2 beside the 2 others placed before it");
  EXPECT_EQ(place({bundles(4, {.cores = 2}), Strategy::strict_spread}, rooms(three)).error().what,
            "strict_spread: 4 bundles need a node each, and 3 nodes can take any of them");
  EXPECT_EQ(place({bundles(3, {.cores = 6}), Strategy::strict_spread}, rooms(three)).error().what,
            "strict_spread: 3 bundles need a node each, and 1 node can take any of them: "
            "node b has 4 of 4 cores free, 2 too few, node c has 4 of 4 cores free, 2 too few");
}

TEST(PlacerTest, SaysWhichResourceIsMissingHowMuchAndWhere) {
  EXPECT_EQ(place({bundles(1, {.gpus = 3})}, rooms(three)).error().what,
            "worker/0 needs 3 gpus: node a has 2 of 2 gpus free, 1 too few, node b has no gpu, node c has no gpu");
  EXPECT_EQ(place({bundles(3, {.gpus = 1})}, rooms(three)).error().what,
            "worker/2 needs 1 gpu beside the 2 others placed before it: node a has 0 of 2 gpus free, 1 too few, node b "
            "has no gpu, "
            "node c has no gpu");
  EXPECT_EQ(place({bundles(1, {})}, {}).error().what, "worker/0 has no place: there is no node");
  EXPECT_EQ(place({{some("x", {.gpus = 1.5})}}, rooms(three)).error().what,
            "x asks for 1.5 gpus: there are whole ones, and parts of a single one");
  std::vector<NodeSpec> many;
  for (int n = 10; n < 30; ++n) many.push_back({.name = std::to_string(n), .host = "h", .cores = 1});
  EXPECT_TRUE(place({bundles(1, {.cores = 2})}, rooms(many)).error().what.ends_with(" and so on with 12 more"));
}

TEST(PlacerTest, KeepsToOnNearAndNever) {
  EXPECT_EQ(place({{some("x", {}, "b")}}, rooms(three))->at(0).node, "b");
  EXPECT_EQ(place({{some("x", {.cores = 4}, "b"), some("y", {.cores = 1}, "b")}}, rooms(three)).error().what,
            "y needs 1 core beside the 1 other placed before it: node b has 0 of 4 cores free, 1 too few");
  EXPECT_EQ(place({{some("x", {}, "z")}}, rooms(three)).error().what, "x is to be on node z, which is not here");
  // c is on the host of b.
  EXPECT_EQ(
      place({{some("x", {}, "", "shard/0", {}, {"b"})}, Strategy::pack, {{"shard/0", "b"}}}, rooms(three))->at(0).node,
      "c");
  EXPECT_EQ(place({{some("x", {}, "", "shard/0")}}, rooms(three)).error().what,
            "x is to be near shard/0, whose place is not known");
  EXPECT_EQ(
      place({{some("x", {}, "", "shard/0", {}, {"b", "c"})}, Strategy::pack, {{"shard/0", "b"}}}, rooms(three))
          .error()
          .what,
      "x needs nothing: node a is not on the host of shard/0, node b is not to be used for it, node c is not to be "
      "used for it");
}

TEST(PlacerTest, AvoidsWhileThereIsRoomElsewhere) {
  const auto avoid = [](double cores) { return PlacementRequest{{some("x", {.cores = cores}, "", "", {"a", "b"})}}; };
  EXPECT_EQ(place(avoid(1), rooms(three))->at(0).node, "c");
  EXPECT_EQ(place(avoid(8), rooms(three))->at(0).node, "a");
}

TEST(PlacerTest, GivesNothingOfADrainingNode) {
  auto nodes = rooms(three);
  nodes[0].drain(true);
  EXPECT_EQ(by_node(place({bundles(2, {}), Strategy::spread}, nodes)),
            (std::map<std::string, size_t>{{"b", 1}, {"c", 1}}));
  EXPECT_EQ(place({bundles(1, {.gpus = 1})}, nodes).error().what,
            "worker/0 needs 1 gpu: node a is being drained, node b has no gpu, node c has no gpu");
}

TEST(PlacerTest, FindsWhatAGreedyOneMisses) {
  // 0.3, 0.3, 0.7, 0.7 of two GPUs; and three on a node of two sizes that only fit one way.
  auto parts = bundles(4, {});
  for (size_t k = 0; k < 4; ++k) parts[k].needs.gpus = k < 2 ? 0.3 : 0.7;
  EXPECT_TRUE(place({parts, Strategy::strict_pack}, rooms(three)));
  EXPECT_TRUE(
      place({{some("x", {.cores = 2}), some("y", {.cores = 3}), some("z", {.cores = 3}), some("w", {.cores = 4})}},
            rooms({{.name = "a", .host = "h", .cores = 6}, {.name = "b", .host = "h", .cores = 6}})));
}

TEST(PlacerTest, FifteenWorkersThatAskForNothingFitOnALaptop) {
  EXPECT_EQ(place({bundles(15, {}), Strategy::spread}, rooms({{.name = "a", .host = "h", .cores = 2}}))->size(), 15u);
}

TEST(PlacerTest, EndsInTimeWhereThereIsNoPlacement) {
  std::vector<NodeSpec> nodes;
  for (int n = 0; n < 20; ++n) nodes.push_back({.name = std::to_string(n), .host = "h", .cores = 4});
  auto many = bundles(41, {});
  for (size_t k = 0; k < many.size(); ++k) many[k].needs.cores = 2 + 0.01 * static_cast<double>(k);
  const auto found = place({many, Strategy::pack}, rooms(nodes), 200);
  ASSERT_FALSE(found);
  EXPECT_TRUE(found.error().what.starts_with("worker/")) << found.error().what;
}

/// A random cluster with some of it taken, and a random request.
struct Case {
  std::vector<NodeSpec> specs;
  std::vector<Room> nodes;
  PlacementRequest request;
};

Case random_case(uint32_t seed, uint32_t most_nodes, uint32_t most_bundles) {
  Stream random({.seed = seed, .role = Role::data, .purpose = Purpose::order});
  Case out;
  const uint32_t nodes = 1 + random.below(most_nodes), count = 1 + random.below(most_bundles);
  for (uint32_t n = 0; n < nodes; ++n) {
    NodeSpec spec{.name = "n" + std::to_string(n),
                  .host = "h" + std::to_string(n / 2),
                  .cores = 1.0 + random.below(8),
                  .memory = 1 + random.below(100)};
    for (uint32_t g = random.below(3); g > 0; --g) spec.gpus.emplace_back(static_cast<int>(g), 10 * random.below(3));
    if (random.below(3) == 0) spec.custom["x"] = 1 + random.below(3);
    out.specs.push_back(spec);
    out.nodes.emplace_back(spec);
    if (random.below(6) == 0) static_cast<void>(out.nodes.back().take({.cores = 1}, {}));
    if (random.below(12) == 0) out.nodes.back().drain(true);
  }
  const auto some_node = [&] { return "n" + std::to_string(random.below(nodes)); };
  for (uint32_t b = 0; b < count; ++b) {
    Bundle bundle{.name = "b" + std::to_string(b)};
    bundle.needs.cores = 0.5 * random.below(9);
    bundle.needs.gpus = std::array{0.0, 0.0, 0.0, 0.3, 0.5, 0.7, 1.0, 2.0}[random.below(8)];
    if (random.below(3) == 0) bundle.needs.gpu_memory = random.below(14);
    if (bundle.needs.gpus <= 1 && random.below(6) == 0) bundle.needs.gpu = 1 + static_cast<int>(random.below(2));
    bundle.needs.memory = random.below(3) == 0 ? random.below(60) : 0;
    if (random.below(8) == 0) bundle.needs.custom["x"] = 1;
    if (random.below(8) == 0) bundle.on = some_node();
    if (random.below(8) == 0) bundle.near = "friend";
    if (random.below(6) == 0) bundle.never = {some_node()};
    if (random.below(6) == 0) bundle.avoid = {some_node()};
    out.request.bundles.push_back(bundle);
  }
  out.request.places["friend"] = some_node();
  out.request.strategy = static_cast<Strategy>(random.below(4));
  return out;
}

/// Whether this is a placement, checked by hand.
void check(const Case& c, const Found& found) {
  ASSERT_EQ(found->size(), c.request.bundles.size());
  auto nodes = c.nodes;
  std::set<std::string> used;
  for (size_t b = 0; b < found->size(); ++b) {
    const Assigned& one = found->at(b);
    const Bundle& bundle = c.request.bundles[b];
    ASSERT_EQ(one.name, bundle.name);
    ASSERT_EQ(one.needs, bundle.needs);
    const auto node = std::ranges::find(nodes, one.node, &Room::name);
    ASSERT_NE(node, nodes.end());
    const auto taken = node->take(one.needs, one.gpus);
    ASSERT_TRUE(taken) << taken.error().what;
    if (!bundle.on.empty()) {
      ASSERT_EQ(one.node, bundle.on);
    }
    ASSERT_EQ(std::ranges::count(bundle.never, one.node), 0);
    if (!bundle.near.empty()) {
      const auto there = std::ranges::find(nodes, c.request.places.at(bundle.near), &Room::name);
      ASSERT_EQ(node->host(), there->host());
    }
    used.insert(one.node);
  }
  if (c.request.strategy == Strategy::strict_pack) {
    ASSERT_EQ(used.size(), 1u);
  }
  if (c.request.strategy == Strategy::strict_spread) {
    ASSERT_EQ(used.size(), found->size());
  }
}

/// By trying everything: the fewest and the most nodes of any placement that avoids what is to be avoided or, where
/// there is none, of any. Nothing when there is no placement.
std::optional<std::pair<size_t, size_t>> brute_force(const Case& c, bool avoiding) {
  std::optional<std::pair<size_t, size_t>> best;
  auto nodes = c.nodes;
  std::vector<size_t> where(c.request.bundles.size());
  std::function<void(size_t)> go = [&](size_t b) {
    if (b == where.size()) {
      const size_t used = std::set<size_t>(where.begin(), where.end()).size();
      if (c.request.strategy == Strategy::strict_pack && used != 1) return;
      if (c.request.strategy == Strategy::strict_spread && used != where.size()) return;
      if (!best) best = {used, used};
      best = {std::min(best->first, used), std::max(best->second, used)};
      return;
    }
    const Bundle& bundle = c.request.bundles[b];
    for (size_t n = 0; n < nodes.size(); ++n) {
      const std::string& name = nodes[n].name();
      if ((!bundle.on.empty() && bundle.on != name) || std::ranges::count(bundle.never, name) ||
          (avoiding && std::ranges::count(bundle.avoid, name)))
        continue;
      if (!bundle.near.empty() &&
          nodes[n].host() != std::ranges::find(nodes, c.request.places.at(bundle.near), &Room::name)->host())
        continue;
      std::vector<std::vector<int>> choices;
      if (bundle.needs.gpus == 0)
        choices = {{}};
      else if (bundle.needs.gpus > 1)
        choices = {{1, 2}};
      else
        choices = {{1}, {2}};
      for (const auto& gpus : choices) {
        if (!nodes[n].take(bundle.needs, gpus)) continue;
        where[b] = n;
        go(b + 1);
        nodes[n].give_back(bundle.needs, gpus);
      }
    }
  };
  go(0);
  return best;
}

TEST(PlacerTest, FindsWhateverASearchThroughEverythingFinds) {
  size_t placed = 0;
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Case c = random_case(seed, 4, 5);
    const Found found = place(c.request, c.nodes);
    auto all = brute_force(c, true);
    if (!all) all = brute_force(c, false);
    ASSERT_EQ(found.has_value(), all.has_value()) << (found ? "" : found.error().what);
    if (!found) {
      ASSERT_FALSE(found.error().what.empty());
      continue;
    }
    ++placed;
    ASSERT_NO_FATAL_FAILURE(check(c, found));
    if (c.request.strategy == Strategy::pack) {
      ASSERT_EQ(by_node(found).size(), all->first);
    }
    if (c.request.strategy == Strategy::spread) {
      ASSERT_EQ(by_node(found).size(), all->second);
    }
  }
  EXPECT_GT(placed, 200u);
  EXPECT_LT(placed, 950u);
}

TEST(PlacerTest, ARefusalSaysOfWhatThereIsTooLittle) {
  EXPECT_EQ(place({bundles(1, {.gpus = 3})}, rooms(three)).error().lack, Lack::gpus);
  EXPECT_EQ(place({bundles(1, {.cores = 6, .gpus = 1})}, rooms(three)).value()[0].node, "a");
  EXPECT_EQ(place({bundles(1, {.cores = 9, .gpus = 1})}, rooms(three)).error().lack, Lack::cores) << "whatever else is asked for";
  EXPECT_EQ(place({{some("x", {.cores = 9, .gpus = 1}), some("y", {})}}, rooms({three[0], {.name = "d", .host = "d", .cores = 9}})).error().lack, Lack::gpus)
      << "with cores alone there is a node for it";
  EXPECT_EQ(place({bundles(1, {.memory = 1})}, rooms(three)).error().lack, Lack::memory);
  EXPECT_EQ(place({bundles(1, {.custom = {{"licence", 1}}})}, rooms(three)).error().lack, Lack::other);
  for (const Strategy strategy : {Strategy::strict_pack, Strategy::strict_spread})
    EXPECT_EQ(place({bundles(2, {.gpus = 2}), strategy}, rooms(three)).error().lack, Lack::gpus) << to_string(strategy);
  EXPECT_EQ(place({bundles(1, {})}, {}).error().lack, Lack::nothing);
  EXPECT_EQ(place({{some("x", {.gpus = 1}, "d")}}, rooms(three)).error().lack, Lack::nothing) << "there is no such node";
}

TEST(PlacerTest, GpuMemoryIsOfOneCardAndIsNotAddedUp) {
  const std::vector<NodeSpec> two = {{.name = "a", .host = "a", .cores = 1, .gpus = {{0, 20}, {1, 10}}}, {.name = "b", .host = "b", .cores = 1}};
  const auto found = place({bundles(3, {.gpus = 0.5, .gpu_memory = 9})}, rooms(two));
  ASSERT_TRUE(found) << found.error().what;
  std::map<int, int> on;
  for (const Assigned& one : *found) ++on[one.gpus.at(0)];
  EXPECT_EQ(on, (std::map<int, int>{{0, 2}, {1, 1}}));
  const auto refused = place({bundles(4, {.gpus = 0.25, .gpu_memory = 9})}, rooms(two));
  EXPECT_EQ(refused.error().what,
            "worker/3 needs 0.25 gpu with 9 bytes on it beside the 3 others placed before it: "
            "node a has 2 bytes of 20 bytes of memory free on gpu 0, 7 bytes too few, node b has no gpu");
  EXPECT_EQ(refused.error().lack, Lack::gpus) << "of b";
  EXPECT_EQ(place({bundles(1, {.gpus = 1, .gpu_memory = 30})}, rooms({two[0]})).error().lack, Lack::gpu_memory);
}

TEST(PlacerTest, WhoNeedsACertainGpuHasItAndOthersHaveOthers) {
  const std::vector<NodeSpec> nodes = {{.name = "a", .host = "a", .cores = 1, .gpus = {0, 1}}, {.name = "b", .host = "b", .cores = 1, .gpus = {1}}};
  const Bundle any = some("any", {.gpus = 1}), pinned = some("pinned", {.gpus = 1, .gpu = 0}, "a"), anywhere = some("anywhere", {.gpus = 1, .gpu = 1});
  const auto found = place({{any, anywhere, pinned}}, rooms(nodes));
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->at(2).gpus, std::vector<int>{0});
  EXPECT_EQ(found->at(1).gpus, std::vector<int>{1});
  EXPECT_EQ(found->at(0).gpus, std::vector<int>{1});
  auto later = rooms(nodes);
  spare_gpus({pinned}, later);
  EXPECT_EQ(place({{some("first", {.gpus = 0.5}, "a")}}, later)->at(0).gpus, std::vector<int>{1}) << "it is kept for who asks for it";
  EXPECT_EQ(place({{some("x", {.gpus = 1, .gpu = 7}, "b")}}, rooms(nodes)).error().what, "x needs gpu 7: node b has no gpu 7");
  EXPECT_EQ(place({{pinned, some("x", {.gpus = 0.5, .gpu = 0})}}, rooms(nodes)).error().what,
            "x needs 0.5 of gpu 0 beside the 1 other placed before it: node a has 0 of gpu 0 free, 0.5 too few, node b has no gpu 0");
  EXPECT_EQ(place({{some("x", {.gpus = 2, .gpu = 0})}}, rooms(nodes)).error().what, "x asks for gpu 0 and 2 gpus: one can be named");
}

TEST(PlacerTest, NeverOvercommitsALargeClusterAndHasOneAnswerWhateverTheOrderOfTheNodes) {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Case c = random_case(1'000'000 + seed, 12, 20);
    const Found found = place(c.request, c.nodes, 200);
    std::ranges::reverse(c.nodes);
    std::rotate(c.nodes.begin(), c.nodes.begin() + static_cast<long>(c.nodes.size() / 3), c.nodes.end());
    const Found again = place(c.request, c.nodes, 200);
    ASSERT_EQ(found.has_value(), again.has_value());
    if (!found) {
      ASSERT_EQ(found.error().what, again.error().what);
      continue;
    }
    ASSERT_EQ(*found, *again);
    ASSERT_NO_FATAL_FAILURE(check(c, found));
  }
}

}  // namespace
}  // namespace zenops
