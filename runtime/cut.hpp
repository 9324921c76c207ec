#pragma once
#include "runtime/behavior.hpp"

namespace zenops {

/// Fault injection: what actors of the one side say to those of the other is lost, both ways. The operator and the actors
/// that make a cluster of processes are on no side.
struct Cut {
  From one, other;
};
/// Whether one of the cuts is between these two.
bool parted(const std::vector<Cut>& cuts, std::string_view from, std::string_view to);

}  // namespace zenops
