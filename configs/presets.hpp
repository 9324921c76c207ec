#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace zenops {

/// A config that is part of the program: `preset:NAME` stands for its file.
struct Preset {
  std::string name;      // "zeno-ps/S11"
  std::string sentence;  // what it is
  std::vector<std::string> remarks;
  std::string yaml;
};

/// Every preset, in the order in which they are listed; configs/NAME.yaml is one's yaml.
const std::vector<Preset>& presets();

/// What stands for a preset instead of a file.
constexpr std::string_view preset_prefix = "preset:";

/// The yaml of "preset:NAME". Throws ConfigError, with the nearest name, when there is none.
const std::string& preset_yaml(std::string_view reference);

}  // namespace zenops
