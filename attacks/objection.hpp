#pragma once
#include <optional>
#include <string>

#include "attacks/attack.hpp"
#include "attacks/options.hpp"

namespace zenops {

/// What of a run decides which attacks there can be in it.
struct AttackSetting {
  Sight threat_model = Sight::nothing;
  bool rounds_of_all = true;  // false: asynchronous training, in which updates are judged as they come
  uint32_t rounds = 0;        // of the run; 0: not known yet, or each worker has its own
  uint32_t shards = 1;
};

/// What speaks against an attack in such a run.
struct AttackObjection {
  std::string key;       // of the attack's, that is wrong; empty: the attack as a whole
  std::string sentence;  // "found 500, expected a round of the run, of which there are 100"
};

/// Why there cannot be that attack, or nothing. Its parameters are within their limits; those that are not given have their defaults.
std::optional<AttackObjection> objection(const AttackEntry& entry, const AttackOptions& attack, const AttackSetting& setting);

/// What an attack needs to know, in words: "the honest rows".
std::string what_it_sees(Sight sight);

}  // namespace zenops
