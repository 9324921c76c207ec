#include "base/nearest.hpp"

#include <algorithm>
#include <vector>

namespace zenops {
namespace {

std::string lower(std::string_view word) {
  std::string result(word);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// Insertions, deletions, replacements and swaps of neighbours between two words (Damerau 1964, restricted).
size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> table(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i)
    for (size_t j = 1; j <= b.size(); ++j) {
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  return table[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  constexpr size_t longest = 100;
  if (word.empty() || word.size() > longest) return std::nullopt;
  const std::string wanted = lower(word);
  size_t best = std::max<size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> result;
  for (const auto& candidate : candidates) {
    const std::string known = lower(candidate);
    const size_t d = wanted.size() >= 3 && known.starts_with(wanted) ? 1 : distance(wanted, known);
    if (d < best) {
      best = d;
      result = candidate;
    }
  }
  return result;
}

}  // namespace zenops
