#include "configs/presets.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "configs/document.hpp"
#include "configs/original/experiments.hpp"

namespace zenops {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = [] {
    std::vector<Preset> result;
    for (const auto& e : original::experiments())
      result.push_back({e.name, e.sentence, e.remarks, original::to_yaml(e)});
    return result;
  }();
  return all;
}

const std::string& preset_yaml(std::string_view reference) {
  const std::string_view name = reference.substr(preset_prefix.size());
  const auto found = std::ranges::find(presets(), name, &Preset::name);
  if (found != presets().end()) return found->yaml;
  std::vector<std::string> names;
  for (const auto& preset : presets()) names.push_back(preset.name);
  const auto near = nearest(name, names);
  throw ConfigError(
      legible(reference) + ": there is no such preset; " +
      (near ? "did you mean \"" + std::string(preset_prefix) + *near + "\"?" : "`zenops-cli presets` lists them"));
}

}  // namespace zenops
