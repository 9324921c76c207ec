#pragma once
#include <string_view>

namespace zenops {

/// How actors that are placed together lie to each other.
enum class Strategy {
  pack,           // on as few nodes as possible
  spread,         // on as many as possible, evenly
  strict_pack,    // all on one node, or not at all
  strict_spread,  // each on a node of its own, or not at all
};
std::string_view to_string(Strategy);

}  // namespace zenops
