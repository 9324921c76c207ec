#include "configs/schema.hpp"

#include <algorithm>
#include <iterator>

#include "configs/keys.hpp"

namespace zenops {
namespace {

/// A section bound to a struct of options that has a name and parameters.
template <class OptionsOf>
Chosen chosen_by_name(std::string section, std::vector<const Description*> entries, OptionsOf options) {
  return {.section = std::move(section),
          .entries = std::move(entries),
          .name = [options](const Config& c) -> const std::string& { return options(c).name; },
          .parameters = [options](Config& c) -> Parameters& { return options(c).parameters; }};
}

}  // namespace

const Description* find(const std::vector<const Description*>& entries, std::string_view name) {
  const auto it = std::find_if(entries.begin(), entries.end(), [&](const auto* e) { return e->name == name; });
  return it == entries.end() ? nullptr : *it;
}

std::vector<std::string> names_of(const std::vector<const Description*>& entries) {
  std::vector<std::string> result;
  for (const auto* entry : entries) result.push_back(entry->name);
  return result;
}

std::string section_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

std::string leaf_of(const std::string& path) { return path.substr(path.rfind('.') + 1); }

Schema::Schema(const Catalogue& catalogue)
    : fault(fault_keys()),
      pin(pin_keys()),
      attacks(keys::descriptions(catalogue.attacks.entries())),
      pre_aggregators(keys::descriptions(catalogue.rules.pre_aggregators())) {
  for (const auto& part : {training_keys(catalogue), cluster_keys(), trust_keys(catalogue), survival_keys()}) std::ranges::copy(part, std::back_inserter(keys));
  attack = attack_keys(attacks);
  chosen = {chosen_by_name(
                "data", keys::descriptions(catalogue.datasets.entries()), [](auto& c) -> auto& { return c.training.data; }),
            chosen_by_name(
                "model", keys::descriptions(catalogue.models.entries()), [](auto& c) -> auto& { return c.training.model; }),
            chosen_by_name(
                "rule", keys::descriptions(catalogue.rules.entries()), [](auto& c) -> auto& { return c.training.rule; })};
}

std::vector<std::string> Schema::sections() const {
  std::vector<std::string> out = {"attack", "delays"};
  for (const auto& key : keys)
    if (const std::string top = key.path.substr(0, key.path.find('.')); std::ranges::find(out, top) == out.end()) out.push_back(top);
  return out;
}

}  // namespace zenops
