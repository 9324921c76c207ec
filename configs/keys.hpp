#pragma once
#include "configs/schema.hpp"

namespace zenops {

// All keys, in the order in which they are printed.
std::vector<Key<Config>> training_keys(const Catalogue& catalogue);
std::vector<Key<Config>> cluster_keys();
std::vector<Key<Config>> trust_keys(const Catalogue& catalogue);
std::vector<Key<Config>> survival_keys();

std::vector<Key<Fault>> fault_keys();
std::vector<Key<Pin>> pin_keys();
std::vector<Key<AttackOptions>> attack_keys(const std::vector<const Description*>& attacks);

}  // namespace zenops
