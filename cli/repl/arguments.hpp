#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "cli/repl/script.hpp"

namespace zenops::repl {

/// The words of a statement after its first, taken one by one. Throws Misuse, with the usage, when they are not as
/// expected.
class Arguments {
 public:
  /// `json`: whether --json is one of them.
  Arguments(const Statement& statement, std::string usage, bool json);
  const Statement& statement() const { return statement_; }
  bool json() const { return json_; }

  bool more() const { return next_ < words_.size(); }
  /// The next word, which stays; one is there.
  const Word& peek() const { return words_[next_]; }
  const Word& take(const std::string& expected);
  /// Takes the next word if it is this one.
  bool take_if(const std::string& word);
  uint32_t take_count(const std::string& expected);
  double take_number(const std::string& expected);
  /// Takes "worker/3": 3.
  uint32_t take_worker();
  /// Nothing may follow.
  void end() const;
  [[noreturn]] void refuse(const Word& word, const std::string& sentence) const;

 private:
  [[noreturn]] void missing(const std::string& expected) const;
  const Statement& statement_;
  std::string usage_;
  bool json_ = false;
  std::vector<Word> words_;
  size_t next_ = 0;
};

/// The number that is the whole of `text`, or nothing.
std::optional<double> to_number(const std::string& text);

}  // namespace zenops::repl
