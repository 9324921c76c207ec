#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zenops::original {

/// A command in one text, as a shell takes it apart: at white space, but for what is in quotes or behind a backslash. Nothing when a
/// quote has no end.
std::optional<std::vector<std::string>> split_words(std::string_view text);

/// Words as one writes them into a shell.
std::string join_words(const std::vector<std::string>& words);

}  // namespace zenops::original
