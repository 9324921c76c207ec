#include "actors/placing.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "actors/wire/compose.hpp"

namespace zenops {
namespace {

struct Kind {
  const char* name;
  uint32_t count;
  RoleOptions role;
};

PlacementRequest request(const Kind& kind) {
  PlacementRequest out{.bundles = {}, .strategy = kind.role.strategy};
  for (uint32_t k = 0; k < kind.count; ++k) {
    Bundle& bundle = out.bundles.emplace_back();
    bundle.name = nth(kind.name, k);
    bundle.needs = needs(kind.role);
  }
  return out;
}

/// Those who coordinate ask for nothing and go where the parameters are.
PlacementRequest beside(const Assigned& shard, bool adversary) {
  PlacementRequest out;
  for (const char* name : {"scheduler", "evaluator", "adversary"}) {
    if (name == std::string_view("adversary") && !adversary) continue;
    Bundle& bundle = out.bundles.emplace_back();
    bundle.name = name;
    bundle.on = shard.node;
  }
  return out;
}

Expected<std::vector<Assigned>> in_order(std::array<Kind, 3> kinds, std::vector<Room> nodes, bool adversary) {
  std::vector<Assigned> out;
  const auto add = [&](const PlacementRequest& request) -> Expected<void> {
    auto found = place(request, nodes);
    if (!found) return tl::unexpected(found.error());
    for (Assigned& one : *found) {
      static_cast<void>(std::ranges::find(nodes, one.node, &Room::name)->take(one.needs, one.gpus));
      out.push_back(std::move(one));
    }
    return {};
  };
  for (const Kind& kind : kinds)
    if (auto done = add(request(kind)); !done) return tl::unexpected(done.error());
  const auto shard = std::ranges::find(out, "shard/0", &Assigned::name);
  if (auto done = add(beside(Assigned(*shard), adversary)); !done) return tl::unexpected(done.error());
  return out;
}

}  // namespace

Resources needs(const RoleOptions& role) {
  Resources out;
  out.cores = role.cores;
  out.gpus = role.gpus;
  out.memory = static_cast<uint64_t>(std::llround(role.memory * 0x1p30));
  return out;
}

Expected<std::vector<Assigned>> place(const TrainingOptions& options, const std::vector<Room>& nodes) {
  const PlacementOptions& placement = options.placement;
  const std::array<Kind, 3> kinds{{{"shard", options.cluster.shards, placement.shards},
                                   {"validator", options.cluster.validators, placement.validators},
                                   {"worker", options.cluster.workers, placement.workers}}};
  const bool adversary = options.adversary.threat_model != Sight::nothing && options.train.mode == Mode::sync;
  auto first = in_order(kinds, nodes, adversary);
  if (first) return first;
  std::array<size_t, 3> order{0, 1, 2};
  while (std::ranges::next_permutation(order).found)
    if (auto found = in_order({kinds[order[0]], kinds[order[1]], kinds[order[2]]}, nodes, adversary)) return found;
  return first;
}

}  // namespace zenops
