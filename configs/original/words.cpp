#include "configs/original/words.hpp"

namespace zenops::original {

std::optional<std::vector<std::string>> split_words(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  std::vector<std::string> words;
  std::optional<std::string> word;  // that is being read
  char quote = 0;
  for (size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (quote == 0 && space.find(c) != space.npos) {
      if (word) words.push_back(*word);
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (c == '\\' && quote != '\'' && k + 1 < text.size())
      *word += text[++k];
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = 0;
    else
      *word += c;
  }
  if (quote != 0) return std::nullopt;
  if (word) words.push_back(*word);
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& word : words) {
    const bool plain = !word.empty() && word.find_first_of(" \t\r\n'\"\\$`*?;&|<>()#") == word.npos;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    result += (result.empty() ? "" : " ") + (plain ? word : quoted + "'");
  }
  return result;
}

}  // namespace zenops::original
