#pragma once
#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "base/parameter.hpp"
#include "configs/document.hpp"

namespace zenops {

using Value = std::variant<std::string, bool, uint64_t, double, std::vector<uint32_t>>;

/// What a value may be.
struct Shape {
  enum class Kind {
    text,
    folder,  // a text: the name of a folder that is to be made
    boolean,
    integer,
    number,
    choice,
    workers,  // a count N: the first N workers; or a list of indices
    rounds,   // a list of rounds, in ascending order
  };
  Kind kind = Kind::text;
  double min = 0, max = 0;  // of integers and numbers
  bool open_min = false, open_max = false;
  bool integral = false;                  // of numbers: without a fraction
  std::vector<std::string> choices = {};  // of a choice
  static Shape of(const Parameter& parameter);
};

/// "an integer ≥ 1", "one of sgd, nag". With `limits` an upper limit is told even where nobody usually meets it.
std::string expected(const Shape& shape, bool limits = false);

/// The value in `node`, or the sentence that says what was found and what was expected.
tl::expected<Value, std::string> read_value(const Shape& shape, const Node& node);

/// A value as YAML on one line: reading it back gives the same value. The first N workers are N.
std::string to_text(const Value& value);
/// A float as the double with the same few digits: 0.02f is 0.02, not 0.0199999996.
double widened(float value);
/// The shortest digits that read back as the same number.
std::string to_text(double value);

}  // namespace zenops
