#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"

namespace zenops {

/// Takes an option and its value out of the words of a command line; nothing: it is not there. Throws UserError.
inline std::optional<std::string> take(std::vector<std::string>& words, const std::string& option) {
  const auto i = std::ranges::find(words, option);
  if (i == words.end()) return {};
  if (i + 1 == words.end())
    throw UserError(UserError::bad_config, option + ": found nothing behind it, expected a value");
  std::string value = *(i + 1);
  words.erase(i, i + 2);
  return value;
}
/// Whether it was there.
inline bool take_flag(std::vector<std::string>& words, const std::string& flag) { return std::erase(words, flag) > 0; }

}  // namespace zenops
