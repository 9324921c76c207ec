#pragma once
#include <functional>
#include <string>
#include <vector>

#include "actors/catalogue.hpp"
#include "configs/key.hpp"

namespace zenops {

/// A section whose `name` chooses a line of the catalogue, which brings keys of its own.
struct Chosen {
  std::string section;  // "rule"
  std::vector<const Description*> entries;
  std::function<const std::string&(const Config&)> name;
  std::function<Parameters&(Config&)> parameters;
};

/// Every key there is. It refers to the catalogue.
struct Schema {
  explicit Schema(const Catalogue& catalogue);
  /// What may stand at the top of a config: "rule", "train", "seed".
  std::vector<std::string> sections() const;
  std::vector<Key<Config>> keys;           // in the order in which they are printed
  std::vector<Key<Fault>> fault;           // of each entry of faults.inject
  std::vector<Key<Pin>> pin;               // of each entry of cluster.placement.pins
  std::vector<Key<AttackOptions>> attack;  // of `attack`, or of each entry of its list; printed before "snapshots."
  std::vector<Chosen> chosen;
  std::vector<const Description*> attacks;
  std::vector<const Description*> pre_aggregators;  // of rule.pre
};

/// The line of that name; null when there is none.
const Description* find(const std::vector<const Description*>& entries, std::string_view name);
std::vector<std::string> names_of(const std::vector<const Description*>& entries);

/// "train.optimizer.lr" → "train.optimizer", "lr".
std::string section_of(const std::string& path);
std::string leaf_of(const std::string& path);

}  // namespace zenops
