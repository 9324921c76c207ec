#include "configs/delay.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "configs/shape.hpp"

namespace zenops {
namespace {

using Kind = DelayOptions::Kind;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// "0.5", "0.5 s" or "20 ms", in seconds.
std::optional<double> seconds(std::string_view text) {
  text = trimmed(text);
  double unit = 1;
  if (text.ends_with("ms")) {
    unit = 1e-3;
    text.remove_suffix(2);
  } else if (text.ends_with('s')) {
    text.remove_suffix(1);
  }
  text = trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  value *= unit;
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1e6)) return {};
  return value;
}

bool is_somebody(std::string_view who) {
  for (const std::string_view kind : {"worker/", "validator/"}) {
    if (!who.starts_with(kind)) continue;
    const auto index = who.substr(kind.size());
    uint32_t k = 0;
    const auto [end, error] = std::from_chars(index.data(), index.data() + index.size(), k);
    return index == "*" || (error == std::errc{} && end == index.data() + index.size());
  }
  return false;
}

}  // namespace

tl::expected<DelayOptions, std::string> read_delay(const std::string& who, const std::string& text) {
  if (!is_somebody(who))
    return tl::unexpected("found \"" + legible(who) + "\", expected worker/3, worker/* or validator/0");
  const auto wrong = tl::unexpected("found \"" + legible(text) +
                                    "\", expected \"0.5 s\", \"uniform(0, 1 s)\" or \"exponential(0.5 s)\", up to 1000000 s");
  std::string_view rest = trimmed(text);
  const size_t open = rest.find('(');
  if (open == rest.npos) {
    const auto value = seconds(rest);
    if (!value) return wrong;
    return DelayOptions{who, Kind::constant, *value, 0};
  }
  const std::string_view name = trimmed(rest.substr(0, open));
  if (!rest.ends_with(')')) return wrong;
  rest = rest.substr(open + 1, rest.size() - open - 2);
  const size_t comma = rest.find(',');
  const auto first = seconds(rest.substr(0, comma));
  if (!first) return wrong;
  if (name == "uniform" && comma != rest.npos) {
    const auto second = seconds(rest.substr(comma + 1));
    if (!second || *second < *first) return wrong;
    return DelayOptions{who, Kind::uniform, *first, *second};
  }
  if (comma == rest.npos && name == "exponential") return DelayOptions{who, Kind::exponential, *first, 0};
  if (comma == rest.npos && name == "constant") return DelayOptions{who, Kind::constant, *first, 0};
  return wrong;
}

std::string to_text(const DelayOptions& delay) {
  switch (delay.kind) {
    case Kind::constant:
      return to_text(delay.a) + " s";
    case Kind::uniform:
      return "uniform(" + to_text(delay.a) + ", " + to_text(delay.b) + " s)";
    case Kind::exponential:
      return "exponential(" + to_text(delay.a) + " s)";
  }
  return "";
}

}  // namespace zenops
