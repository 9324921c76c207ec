#pragma once
#include <optional>
#include <string>

#include "bench/turns.hpp"

namespace zenops::bench {

/// A number that was measured, and what it is held against.
struct Figure {
  std::string name;
  std::string unit;  // of the value: "× bare CAF", "ms", …
  Quartiles value;
  struct Target {
    bool at_least;  // otherwise at most
    double value;
    bool met(double v) const { return at_least ? v >= value : v <= value; }
  };
  std::optional<Target> target = {};
  std::string detail = {};  // what was measured on both sides
  double bound_varies = 0;  // of a ratio: the interquartile range of its bound, over its median
  double seconds = 0;       // of a ratio: what one operation of ours took
};

inline Figure::Target at_most(double value) { return {false, value}; }
inline Figure::Target at_least(double value) { return {true, value}; }

/// "1.23 µs", "45 ms": three digits.
std::string in_time(double seconds);
/// Times as long as that bound takes.
Figure times(std::string name, const std::string& bound, const Beside& beside,
             std::optional<Figure::Target> target = {});
/// Times as fast as that bound.
Figure share(std::string name, const std::string& bound, const Beside& beside,
             std::optional<Figure::Target> target = {});

struct Effort {
  double seconds = 2;  // for each side of a ratio, in all its turns
  int repeats = 9;
  int threads = 2;  // that pass messages, of each system
  double each() const { return seconds / repeats; }
};

}  // namespace zenops::bench
