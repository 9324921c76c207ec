#pragma once
#include <string>
#include <vector>

namespace zenops::repl {

/// A curve in characters.
struct Chart {
  struct Point {
    double x, y;
  };
  std::string title;
  std::vector<Point> points;    // x ascends; those that are not finite are left out
  int width = 80, height = 12;  // of the whole, in characters; without title and x axis
  bool braille = true;          // 2 × 4 dots in a character; false: ASCII
  std::string to_string() const;
};

}  // namespace zenops::repl
