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
  uint32_t per_process = 1;
};

/// One bundle for each process, called as the first who lives there.
PlacementRequest request(const Kind& kind, const TrainingOptions& options) {
  PlacementRequest out{.bundles = {}, .strategy = kind.role.strategy};
  for (uint32_t first = 0; first < kind.count; first += kind.per_process) {
    Bundle& bundle = out.bundles.emplace_back();
    bundle.name = nth(kind.name, first);
    bundle.on = pin_of(options, bundle.name).node;
    for (uint32_t k = first; k < std::min(first + kind.per_process, kind.count); ++k) share(bundle.needs, needs(options, nth(kind.name, k)));
  }
  return out;
}

/// The others of each process, beside its first.
std::vector<Assigned> with_the_others(const Kind& kind, const std::vector<Assigned>& firsts) {
  std::vector<Assigned> out;
  for (uint32_t k = 0; k < kind.count; ++k) {
    const Assigned& first = firsts[k / kind.per_process];
    out.push_back(k % kind.per_process == 0 ? first : Assigned{nth(kind.name, k), first.node, {}, first.gpus});
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

Expected<std::vector<Assigned>> in_order(std::array<Kind, 3> kinds, const TrainingOptions& options, std::vector<Room> nodes) {
  std::vector<Assigned> out;
  const auto take = [&nodes](const PlacementRequest& request) {
    auto found = place(request, nodes);
    if (found)
      for (const Assigned& one : *found)
        static_cast<void>(std::ranges::find(nodes, one.node, &Room::name)->take(one.needs, one.gpus));
    return found;
  };
  for (const Kind& kind : kinds) spare_gpus(request(kind, options).bundles, nodes);
  for (const Kind& kind : kinds) {
    const auto found = take(request(kind, options));
    if (!found) return found;
    for (Assigned& one : with_the_others(kind, *found)) out.push_back(std::move(one));
  }
  const auto shard = std::ranges::find(out, "shard/0", &Assigned::name);
  const bool adversary = options.adversary.threat_model != Sight::nothing && options.train.mode == Mode::sync;
  const auto found = take(beside(Assigned(*shard), adversary));
  if (!found) return found;
  out.insert(out.end(), found->begin(), found->end());
  return out;
}

uint64_t bytes(double gib) { return static_cast<uint64_t>(std::llround(gib * 0x1p30)); }

const RoleOptions& role_of(const PlacementOptions& placement, const std::string& name) {
  return name.starts_with("worker/") ? placement.workers : name.starts_with("validator/") ? placement.validators : placement.shards;
}

/// Whether `pin` says something else. What it leaves open is then what the other says.
bool contradicts(Pin& pin, const Pin& other) {
  if (pin.node.empty()) pin.node = other.node;
  if (!pin.gpu) pin.gpu = other.gpu;
  return (!other.node.empty() && other.node != pin.node) || (other.gpu && other.gpu != pin.gpu);
}

}  // namespace

Pin pin_of(const TrainingOptions& options, const std::string& name) {
  const auto& pins = options.placement.pins;
  Pin out;
  const auto follow = [&](const std::string& who) {
    if (const auto pin = pins.find(who); pin != pins.end()) static_cast<void>(contradicts(out, pin->second));
  };
  if (pins.empty()) return out;
  if (!name.starts_with("worker/")) {
    follow(name);
    return out;
  }
  const auto [first, count] = sharing(index_of(name), options.cluster);
  for (uint32_t k = first; k < first + count; ++k) follow(nth("worker", k));
  return out;
}

Resources needs(const TrainingOptions& options, const std::string& name) {
  const RoleOptions& role = role_of(options.placement, name);
  Resources out;
  out.cores = role.cores;
  out.gpus = role.gpus;
  out.memory = bytes(role.memory);
  out.gpu = pin_of(options, name).gpu;
  if (out.gpu && out.gpus == 0) out.gpus = 1;
  if (out.gpus > 0) out.gpu_memory = bytes(role.gpu_memory);
  return out;
}

std::string advice(const Error& refusal, const PlacementOptions& placement) {
  if (refusal.lack != Lack::gpus && refusal.lack != Lack::gpu_memory) return "";
  std::string out;
  if (placement.workers.gpus > 0 || placement.validators.gpus > 0)
    out += std::string("; with resources.gpu 0 it trains on cores") +
           (refusal.lack == Lack::gpus ? ", with a part like 0.1 it shares a GPU" : "");
  if (placement.shards.gpus > 0) out += "; with cluster.placement.shard_gpus 0 its shards compute on cores";
  if (out.empty()) out = "; cluster.placement.pins says which GPUs, and resources.gpu_memory how much of each";
  return out;
}

bool asks_for_gpus(const PlacementOptions& placement) {
  return placement.workers.gpus > 0 || placement.validators.gpus > 0 ||
         std::ranges::any_of(placement.pins, [](const auto& pin) { return pin.second.gpu && !pin.first.starts_with("shard/"); });
}

bool gives_gpus(const PlacementOptions& placement) { return asks_for_gpus(placement) || placement.shards.gpus > 0; }

Expected<std::vector<int>> gpus_of_one_process(const TrainingOptions& options, const NodeSpec& here) {
  const PlacementOptions& placement = options.placement;
  Bundle run{.name = "the run " + options.name};
  run.needs.gpus = std::max({placement.workers.gpus, placement.validators.gpus, placement.shards.gpus});
  Pin all;
  std::string said;
  for (const auto& [name, pin] : placement.pins) {
    if (contradicts(all, pin))
      return fail(Ec::failed, run.name + " lives in one process (cluster.isolation: thread), and what cluster.placement.pins says of " + name +
                                  " contradicts what it says of " + said);
    said += (said.empty() ? "" : ", ") + name;
  }
  run.on = all.node;
  run.needs.gpu = all.gpu;
  if (all.gpu && run.needs.gpus == 0) run.needs.gpus = 1;
  for (const RoleOptions* role : {&placement.workers, &placement.validators})
    if (role->gpus > 0 || all.gpu) run.needs.gpu_memory = std::max(run.needs.gpu_memory, bytes(role->gpu_memory));
  if (placement.shards.gpus > 0) run.needs.gpu_memory += bytes(placement.shards.gpu_memory);
  return place({.bundles = {run}}, {Room(here)}).map([](const std::vector<Assigned>& found) { return found[0].gpus; });
}

Sharing sharing(uint32_t worker, const ClusterOptions& cluster) {
  const uint32_t first = worker / cluster.workers_per_process * cluster.workers_per_process;
  return {first, std::min(cluster.workers_per_process, cluster.workers - first)};
}

Expected<std::vector<Assigned>> place(const TrainingOptions& options, const std::vector<Room>& nodes) {
  const PlacementOptions& placement = options.placement;
  const std::array<Kind, 3> kinds{{{"shard", options.cluster.shards, placement.shards},
                                   {"validator", options.cluster.validators, placement.validators},
                                   {"worker", options.cluster.workers, placement.workers, options.cluster.workers_per_process}}};
  auto first = in_order(kinds, options, nodes);
  if (first) return first;
  std::array<size_t, 3> order{0, 1, 2};
  while (std::ranges::next_permutation(order).found)
    if (auto found = in_order({kinds[order[0]], kinds[order[1]], kinds[order[2]]}, options, nodes)) return found;
  return first;
}

}  // namespace zenops
