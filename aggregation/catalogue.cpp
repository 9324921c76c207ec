#include <algorithm>

#include "aggregation/rules/entries.hpp"

namespace zenops {

Rules Rules::standard() {
  Rules rules;
  rules.add(average_entry());
  rules.add(trimmed_mean_entry());
  rules.add(phocas_entry());
  rules.add(zeno_entry());
  return rules;
}

const RuleEntry* Rules::find(std::string_view name) const {
  const auto entry = std::ranges::find(entries_, name, &RuleEntry::name);
  return entry == entries_.end() ? nullptr : &*entry;
}

}  // namespace zenops
