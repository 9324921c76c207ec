#include "configs/original/namespace_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>

namespace zenops::original {
namespace {

std::string python_text(const std::string& text) {
  const bool apostrophe = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char quote = apostrophe ? '"' : '\'';
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') result += '\\';
    result += c;
  }
  return result + quote;
}

std::string python_value(const Flag& flag, const std::string* given) {
  if (!given && flag.usual.empty()) return "None";
  const std::string& value = given ? *given : flag.usual;
  switch (flag.takes) {
    case Flag::Takes::integer:
      return value;
    case Flag::Takes::number:
      return python_float(std::strtod(value.c_str(), nullptr));
    case Flag::Takes::text:
    case Flag::Takes::epochs:
    case Flag::Takes::nothing:
      break;
  }
  return python_text(value);
}

}  // namespace

std::string python_float(double value) {
  constexpr double least_plain = 1e-4, most_plain = 1e16;
  const double size = std::fabs(value);
  const bool plain = size == 0 || (size >= least_plain && size < most_plain);
  char digits[400];
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  std::string text(digits, std::to_chars(std::begin(digits), std::end(digits), value, format).ptr);
  if (plain && text.find('.') == text.npos) text += ".0";
  return text;
}

std::string namespace_line(const CommandLine& line) {
  std::map<std::string, std::string> options;
  for (const Flag& flag : flags()) {
    if (!(flag.programs & validator_script)) continue;
    std::string name = flag.name.substr(2);
    std::ranges::replace(name, '-', '_');
    options[name] = python_value(flag, line.value(flag.name));
  }
  std::string result;
  for (const auto& [name, value] : options) result += (result.empty() ? "" : ", ") + name + "=" + value;
  return "Namespace(" + result + ")";
}

}  // namespace zenops::original
