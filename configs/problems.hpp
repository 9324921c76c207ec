#pragma once
#include <string>
#include <vector>

#include "base/expected.hpp"

namespace zenops {

/// Where something was written: a file's line and column, counted from 1, or a whole --set.
struct Place {
  std::string source = {};  // "configs/x.yaml", "--set train.rounds=20"
  int line = 0, column = 0;
  std::string to_string() const;
};

/// What is wrong with a config, one line for each mistake.
class ConfigError : public UserError {
 public:
  explicit ConfigError(const std::string& lines) : UserError(bad_config, lines) {}
};

/// Mistakes, gathered so that all of them are told at once.
class Problems {
 public:
  void add(const Place& place, const std::string& sentence) { found_.push_back({place, sentence}); }
  bool empty() const { return found_.empty(); }
  /// Throws ConfigError when there are any, in the order of their places.
  void raise() const;

 private:
  struct Problem {
    Place place;
    std::string sentence;
  };
  std::vector<Problem> found_;
};

}  // namespace zenops
