#include <algorithm>

#include "attacks/attack.hpp"

namespace zenops {

// Declared here and nowhere else, so that a new one costs the others no compile time.
std::vector<AttackEntry> blind_attacks();
std::vector<AttackEntry> attacks_by_conduct();

Attacks Attacks::standard() {
  Attacks attacks;
  for (auto& entry : blind_attacks()) attacks.add(std::move(entry));
  for (auto& entry : attacks_by_conduct()) attacks.add(std::move(entry));
  return attacks;
}

const AttackEntry* Attacks::find(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &AttackEntry::name);
  return found == entries_.end() ? nullptr : &*found;
}

std::string_view to_string(Sight sight) {
  switch (sight) {
    case Sight::nothing:
      return "nothing";
    case Sight::statistics:
      return "statistics";
    case Sight::rows:
      return "rows";
    case Sight::rule:
      return "rule";
  }
  return "?";
}

}  // namespace zenops
