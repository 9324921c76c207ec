#include "configs/problems.hpp"

#include <algorithm>
#include <tuple>

namespace zenops {

std::string Place::to_string() const {
  return line == 0 ? source : source + ":" + std::to_string(line) + ":" + std::to_string(column);
}

void Problems::raise() const {
  if (found_.empty()) return;
  auto sorted = found_;
  const auto key = [](const Problem& p) { return std::tuple(p.place.line == 0, p.place.line, p.place.column); };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::string lines;
  for (const auto& [place, sentence] : sorted)
    lines += (lines.empty() ? "" : "\n") + place.to_string() + ": " + sentence;
  throw ConfigError(lines);
}

}  // namespace zenops
