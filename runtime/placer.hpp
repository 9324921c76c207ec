#pragma once
#include "runtime/ledger.hpp"
#include "runtime/strategy.hpp"

namespace zenops {

/// What one actor needs, and where it may be.
struct Bundle {
  std::string name;  // of the actor
  Resources needs = {};
  std::string on = {};                  // this node only; empty: any
  std::string near = {};                // on the host where that one is; empty: any
  std::vector<std::string> avoid = {};  // nodes: not while there is room elsewhere
  std::vector<std::string> never = {};  // nodes: not at all
};

struct PlacementRequest {
  std::vector<Bundle> bundles;
  Strategy strategy = Strategy::pack;
  std::map<std::string, std::string> places = {};  // name → its node, of those that others are to be near
};

/// The GPUs that these ask for by their index are the last of these nodes' that others are given.
void spare_gpus(const std::vector<Bundle>& bundles, std::vector<Room>& nodes);

/// A place for every bundle, in their order, or none and a sentence: which resource, how much of it is missing, where
/// (Error::lack: which).
/// The same request and nodes, in whatever order the nodes come, have the same answer. When there is a placement it is
/// found, with as many or as few nodes as the strategy wants, as long as the search for it takes no more than `steps`
/// (some milliseconds); beyond that it is what a greedy one finds.
Expected<std::vector<Assigned>> place(const PlacementRequest& request, std::vector<Room> nodes, size_t steps = 20'000);

}  // namespace zenops
