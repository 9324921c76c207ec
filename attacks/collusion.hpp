#pragma once
#include <utility>

#include "attacks/attack.hpp"

namespace zenops {

/// A line of the catalogue for liars who agree on one lie.
inline AttackEntry collusion(Description description, Sight sees, decltype(AttackEntry::collude) collude) {
  AttackEntry entry;
  static_cast<Description&>(entry) = std::move(description);
  entry.lie = Lie::collusion;
  entry.together = true;
  entry.sees = sees;
  entry.collude = std::move(collude);
  return entry;
}

}  // namespace zenops
