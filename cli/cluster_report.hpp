#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/wire/cluster.capnp.h"

namespace zenops {

/// Parts of what a head reports, for machines and for people.
nlohmann::ordered_json to_json(wire::NodeReport::Reader node);
/// "its last life ended at 14:03:22 killed by the operator; it is pausing", of one of which a life has ended.
std::string obituary(wire::ActorReport::Reader actor);
nlohmann::ordered_json to_json(wire::ActorReport::Reader actor);

/// What names are sorted by, so that worker/2 comes before worker/10.
std::tuple<std::string, size_t, std::string> counting_order(const std::string& name);
/// In that order.
std::vector<wire::ActorReport::Reader> in_order(capnp::List<wire::ActorReport>::Reader actors);

/// Tables with a head line.
std::string nodes_table(capnp::List<wire::NodeReport>::Reader nodes);
std::string actors_table(const std::vector<wire::ActorReport::Reader>& actors);

}  // namespace zenops
