#include "cli/repl/arguments.hpp"

#include <charconv>
#include <cmath>

namespace zenops::repl {
namespace {

/// The whole of it as a count, or nothing.
std::optional<uint32_t> to_count(const std::string& text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string shown(const Word& word) { return "\"" + word.text + "\""; }

}  // namespace

std::optional<double> to_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

Arguments::Arguments(const Statement& statement, std::string usage, bool json)
    : statement_(statement), usage_(std::move(usage)), words_(statement.words.begin() + 1, statement.words.end()) {
  if (json) json_ = std::erase_if(words_, [](const Word& word) { return !word.quoted && word.text == "--json"; }) > 0;
}

const Word& Arguments::take(const std::string& expected) {
  if (!more()) missing(expected);
  return words_[next_++];
}

bool Arguments::take_if(const std::string& word) {
  if (!more() || peek().quoted || peek().text != word) return false;
  ++next_;
  return true;
}

uint32_t Arguments::take_count(const std::string& expected) {
  const Word& word = take(expected);
  const auto value = to_count(word.text);
  if (!value) refuse(word, "expected " + expected + ", found " + shown(word));
  return *value;
}

double Arguments::take_number(const std::string& expected) {
  const Word& word = take(expected);
  const auto value = to_number(word.text);
  if (!value) refuse(word, "expected " + expected + ", found " + shown(word));
  return *value;
}

uint32_t Arguments::take_worker() {
  const Word& word = take("a worker, like worker/3");
  const auto number = word.text.starts_with("worker/") ? to_count(word.text.substr(7)) : std::nullopt;
  if (!number) refuse(word, "expected a worker, like worker/3, found " + shown(word));
  return *number;
}

void Arguments::end() const {
  if (more()) refuse(peek(), "unexpected " + shown(peek()));
}

void Arguments::refuse(const Word& word, const std::string& sentence) const {
  throw Misuse(word.at, sentence + "; usage: " + usage_);
}

void Arguments::missing(const std::string& expected) const {
  const Word& last = statement_.words.back();
  throw Misuse(last.at, "expected " + expected + " after \"" + last.text + "\"; usage: " + usage_);
}

}  // namespace zenops::repl
