#include "configs/shape.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>

#include "base/nearest.hpp"

namespace zenops {
namespace {

constexpr uint32_t most_workers = 100'000;
constexpr size_t longest_folder = 100;

using Read = tl::expected<Value, std::string>;

/// All of `text` as a number, or nothing. Too large is not a number: it would be infinite.
template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  if constexpr (std::is_floating_point_v<Number>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::nothing:
      return "found nothing";
    case Node::Kind::list:
      return "found a list";
    case Node::Kind::map:
      return "found a map";
    case Node::Kind::scalar:
      break;
  }
  return number<double>(node.text) ? "found " + node.text : "found \"" + legible(node.text) + "\"";
}

tl::unexpected<std::string> refuse(const Shape& shape, const Node& node, bool limits = false) {
  return tl::unexpected(found(node) + ", expected " + expected(shape, limits));
}

bool inside(const Shape& shape, double value) {
  return (shape.open_min ? value > shape.min : value >= shape.min) &&
         (shape.open_max ? value < shape.max : value <= shape.max);
}

/// A text that YAML reads as this text, whoever reads it.
std::string quoted(const std::string& text) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                             inside = "0123456789_-./";
  static const std::vector<std::string> words{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  const auto plain = [&](char c) { return letters.find(c) != letters.npos || inside.find(c) != inside.npos; };
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (!text.empty() && letters.find(text[0]) != letters.npos && std::all_of(text.begin(), text.end(), plain) &&
      std::find(words.begin(), words.end(), lower) == words.end())
    return text;
  std::string result = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02X", c);
      result += code;
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result + "\"";
}

/// An upper limit as one writes it; 2^64 stands for the largest integer there is.
std::string limit(const Shape& shape) {
  return shape.kind == Shape::Kind::integer && shape.max >= 0x1p64 ? std::to_string(UINT64_MAX) : to_text(shape.max);
}

Read read_choice(const Shape& shape, const Node& node) {
  for (const auto& choice : shape.choices)
    if (node.text == choice) return Value{choice};
  auto refusal = found(node) + ", expected " + expected(shape);
  if (const auto near = nearest(node.text, shape.choices)) refusal += "; did you mean \"" + *near + "\"?";
  return tl::unexpected(refusal);
}

Read read_integer(const Shape& shape, const Node& node) {
  const auto value = number<uint64_t>(node.text);
  if (value && inside(shape, static_cast<double>(*value))) return Value{*value};
  const auto magnitude = number<double>(node.text);
  return refuse(shape, node, magnitude && *magnitude >= shape.max);
}

Read read_number(const Shape& shape, const Node& node) {
  const auto value = number<double>(node.text);
  if (value && inside(shape, *value) && !(shape.integral && *value != std::floor(*value))) return Value{*value};
  return refuse(shape, node, value && *value > shape.max);
}

Read read_folder(const Shape& shape, const Node& node) {
  for (const char c : node.text)
    if (c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return refuse(shape, node);
  if (node.text.empty() || node.text == "." || node.text == ".." || node.text.size() > longest_folder)
    return refuse(shape, node);
  return Value{node.text};
}

Read read_rounds(const Shape& shape, const Node& node) {
  std::vector<uint32_t> rounds;
  for (const Node& item : node.items) {
    const auto round = number<uint32_t>(item.text);
    if (!round || *round == 0) return tl::unexpected(found(item) + ", expected a round, 1 or later");
    if (!rounds.empty() && *round <= rounds.back())
      return tl::unexpected("found " + item.text + " after " + std::to_string(rounds.back()) + ", expected " +
                            expected(shape));
    rounds.push_back(*round);
  }
  return Value{rounds};
}

Read read_workers(const Shape& shape, const Node& node) {
  std::vector<uint32_t> workers;
  if (node.kind == Node::Kind::list) {
    for (const Node& item : node.items) {
      const auto index = number<uint32_t>(item.text);
      if (!index || *index >= most_workers) return tl::unexpected(found(item) + ", expected the index of a worker");
      workers.push_back(*index);
    }
  } else {
    const auto count = number<uint32_t>(node.text);
    if (!count || *count > most_workers) return refuse(shape, node);
    workers.resize(*count);
    std::iota(workers.begin(), workers.end(), 0);
  }
  // In AttackOptions no workers are all workers: the opposite of what is meant here.
  if (workers.empty()) return tl::unexpected("found no workers, expected " + expected(shape));
  return Value{workers};
}

}  // namespace

Shape Shape::of(const Parameter& parameter) {
  return {.kind = Kind::number,
          .min = parameter.min,
          .max = parameter.max,
          .open_max = parameter.open_max,
          .integral = parameter.integer};
}

std::string expected(const Shape& shape, bool limits) {
  switch (shape.kind) {
    case Shape::Kind::text:
      return "a text";
    case Shape::Kind::folder:
      return "the name of a folder: 1 to 100 bytes, without \"/\"";
    case Shape::Kind::boolean:
      return "true or false";
    case Shape::Kind::choice:
      return "one of " + join(shape.choices);
    case Shape::Kind::workers:
      return "a count of workers ≥ 1, or a list of their indices like [0, 4]";
    case Shape::Kind::rounds:
      return "a list of rounds in ascending order, like [60, 90]";
    case Shape::Kind::integer:
    case Shape::Kind::number:
      break;
  }
  std::string result = shape.kind == Shape::Kind::integer || shape.integral ? "an integer" : "a number";
  const bool bounded_below = std::isfinite(shape.min), bounded_above = shape.max < UINT32_MAX;
  if (bounded_below) result += (shape.open_min ? " > " : " ≥ ") + to_text(shape.min);
  if (bounded_above || (limits && std::isfinite(shape.max)))
    result += std::string(bounded_below ? " and" : "") + (shape.open_max ? " < " : " ≤ ") + limit(shape);
  return result;
}

Read read_value(const Shape& shape, const Node& node) {
  const bool list = node.kind == Node::Kind::list, scalar = node.kind == Node::Kind::scalar;
  if (!(scalar && shape.kind != Shape::Kind::rounds) &&
      !(list && (shape.kind == Shape::Kind::workers || shape.kind == Shape::Kind::rounds)))
    return refuse(shape, node);
  switch (shape.kind) {
    case Shape::Kind::text:
      break;
    case Shape::Kind::folder:
      return read_folder(shape, node);
    case Shape::Kind::boolean:
      if (node.text == "true" || node.text == "false") return Value{node.text == "true"};
      return refuse(shape, node);
    case Shape::Kind::choice:
      return read_choice(shape, node);
    case Shape::Kind::integer:
      return read_integer(shape, node);
    case Shape::Kind::number:
      return read_number(shape, node);
    case Shape::Kind::workers:
      return read_workers(shape, node);
    case Shape::Kind::rounds:
      return read_rounds(shape, node);
  }
  return Value{node.text};
}

std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* integer = std::get_if<uint64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return to_text(*real);
  const auto& workers = std::get<std::vector<uint32_t>>(value);
  std::vector<std::string> indices;
  bool first_ones = !workers.empty();
  for (const uint32_t worker : workers) {
    first_ones = first_ones && worker == indices.size();
    indices.push_back(std::to_string(worker));
  }
  return first_ones ? std::to_string(workers.size()) : "[" + join(indices) + "]";
}

double widened(float value) {
  char digits[40];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  double result = 0;
  std::from_chars(digits, end, result);
  return result;
}

std::string to_text(double value) {
  constexpr double exact = 0x1p53;
  char digits[40];
  const auto end = std::fabs(value) < exact && value == std::floor(value)
                       ? std::to_chars(std::begin(digits), std::end(digits), static_cast<int64_t>(value))
                       : std::to_chars(std::begin(digits), std::end(digits), value);
  return {digits, end.ptr};
}

}  // namespace zenops
