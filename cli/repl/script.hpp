#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"

namespace zenops::repl {

/// Where something was written: line and column count from 1.
struct Position {
  std::string source;  // "session.zen", "-c"
  int line = 1, column = 1;
  /// "session.zen:3:14"
  std::string to_string() const;
};

/// What has gone wrong, and where it was asked for.
class Refusal : public UserError {
 public:
  Refusal(int exit_code, Position at, const std::string& sentence)
      : UserError(exit_code, sentence), at_(std::move(at)) {}
  const Position& at() const { return at_; }

 private:
  Position at_;
};
/// What the user has mistyped.
class Misuse : public Refusal {
 public:
  Misuse(Position at, const std::string& sentence) : Refusal(bad_config, std::move(at), sentence) {}
};

struct Word {
  std::string text;  // without quotes; what stands in parentheses or brackets is kept as it was, they among it
  bool quoted = false;
  Position at = {};
};

/// A command and what it is to be done with.
struct Statement {
  std::vector<Word> words;  // one at least
  std::string text;         // as it was written
  Position at() const { return words.front().at; }
};

/// What a text says: statements are parted by `;` and ends of lines, which within parentheses, brackets and quotes are
/// part of the word; # begins a comment.
struct Script {
  std::vector<Statement> statements;
  /// Throws Misuse.
  static Script parse(std::string_view text, const std::string& source, int first_line = 1);
  /// Whether a parenthesis, a bracket or a quote is open at the end: the statement goes on in the next line.
  static bool goes_on(std::string_view text);
};

/// What that file holds. Throws UserError (bad_config).
std::string read_script(const std::string& path);

/// The word as it can be written in a script.
std::string quoted(const std::string& word);

/// The words of a line that is still being typed, as far as the cursor; the last one, perhaps empty, is where it
/// stands. Only of its last statement.
std::vector<std::string> words_before(std::string_view line);

}  // namespace zenops::repl
