#include <algorithm>

#include "attacks/attack.hpp"

namespace zenops {

// Declared here and nowhere else, so that a new one costs the others no compile time.
std::vector<AttackEntry> blind_attacks();
std::vector<AttackEntry> attacks_by_conduct();
AttackEntry one_shard_only_entry();
AttackEntry sign_flip_entry();
AttackEntry alie_entry();
AttackEntry opt_alie_entry();
AttackEntry ipm_entry();
AttackEntry opt_ipm_entry();
AttackEntry mimic_entry();
AttackEntry mimic_warmup_entry();
AttackEntry min_max_entry();
AttackEntry min_sum_entry();
AttackEntry fang_krum_entry();
AttackEntry fang_trimmed_entry();
AttackEntry adaptive_nnm_entry();
AttackEntry adaptive_zeno_entry();
std::vector<AttackEntry> attacks_on_data();

Attacks Attacks::standard() {
  Attacks attacks;
  for (auto& entry : blind_attacks()) attacks.add(std::move(entry));
  for (auto& entry : attacks_by_conduct()) attacks.add(std::move(entry));
  for (const auto entry : {one_shard_only_entry, sign_flip_entry, alie_entry, opt_alie_entry, ipm_entry, opt_ipm_entry,
                           mimic_entry, mimic_warmup_entry, min_max_entry, min_sum_entry, fang_krum_entry, fang_trimmed_entry,
                           adaptive_nnm_entry, adaptive_zeno_entry})
    attacks.add(entry());
  for (auto& entry : attacks_on_data()) attacks.add(std::move(entry));
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
