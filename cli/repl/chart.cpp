#include "cli/repl/chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace zenops::repl {
namespace {

/// Dots of which each character shows `across` × `down`.
class Canvas {
 public:
  Canvas(int columns, int rows, bool braille)
      : columns_(columns),
        rows_(rows),
        braille_(braille),
        cells_(static_cast<size_t>(columns) * static_cast<size_t>(rows)) {}
  int width() const { return columns_ * (braille_ ? 2 : 1); }
  int height() const { return rows_ * (braille_ ? 4 : 1); }

  void line(int x0, int y0, int x1, int y1) {
    const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
    for (int k = 0; k <= steps; ++k)
      dot(static_cast<int>(std::lround(x0 + static_cast<double>(x1 - x0) * k / steps)),
          static_cast<int>(std::lround(y0 + static_cast<double>(y1 - y0) * k / steps)));
  }

  /// From the top, without the spaces at its end.
  std::string row(int r) const {
    std::string out;
    size_t used = 0;
    for (int c = 0; c < columns_; ++c) {
      const uint8_t dots = cell(c, r);
      out += dots == 0 ? " " : braille_ ? utf8(0x2800u + dots) : "*";
      if (dots != 0) used = out.size();
    }
    out.resize(used);
    return out;
  }

 private:
  void dot(int x, int y) {
    // Unicode, "Braille Patterns": the bits of the dots of a character, by column and row.
    static constexpr uint8_t bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
    if (braille_)
      cells_[index(x / 2, y / 4)] |= bits[x % 2][y % 4];
    else
      cells_[index(x, y)] = 1;
  }
  uint8_t cell(int c, int r) const { return cells_[index(c, r)]; }
  size_t index(int c, int r) const {
    return static_cast<size_t>(r) * static_cast<size_t>(columns_) + static_cast<size_t>(c);
  }
  static std::string utf8(unsigned code) {
    return {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
            static_cast<char>(0x80 | (code & 0x3F))};
  }
  int columns_, rows_;
  bool braille_;
  std::vector<uint8_t> cells_;
};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

std::string Chart::to_string() const {
  std::vector<Point> shown;
  for (const Point& p : points)
    if (std::isfinite(p.x) && std::isfinite(p.y)) shown.push_back(p);
  if (shown.empty()) return title + ": nothing to show yet\n";
  double low = shown[0].y, high = shown[0].y;
  for (const Point& p : shown) {
    low = std::min(low, p.y);
    high = std::max(high, p.y);
  }
  const std::string top = number(high), bottom = number(low);
  if (high == low) {  // a level line, in the middle
    low -= 1;
    high += 1;
  }
  const double first = shown.front().x, last = std::max(shown.back().x, first + 1e-9);
  const size_t margin = std::max(top.size(), bottom.size());
  Canvas canvas(std::max(width - static_cast<int>(margin) - 3, 8), std::max(height, 2), braille);
  const auto x = [&](const Point& p) {
    return static_cast<int>(std::lround((p.x - first) / (last - first) * (canvas.width() - 1)));
  };
  const auto y = [&](const Point& p) {
    return static_cast<int>(std::lround((high - p.y) / (high - low) * (canvas.height() - 1)));
  };
  for (size_t k = 0; k < shown.size(); ++k) {
    const Point& from = shown[k == 0 ? 0 : k - 1];
    canvas.line(x(from), y(from), x(shown[k]), y(shown[k]));
  }
  const bool level = top == bottom;
  const int rows = std::max(height, 2);
  std::string out = title + "\n";
  for (int r = 0; r < rows; ++r) {
    const std::string label = level ? (r == rows / 2 ? top : "") : r == 0 ? top : r == rows - 1 ? bottom : "";
    out += std::string(margin - label.size(), ' ') + label + (braille ? " │" : " |") + canvas.row(r) + "\n";
  }
  const std::string left = number(first), right = number(shown.back().x);
  const int room = std::max(width - static_cast<int>(margin) - 3, 8) - static_cast<int>(left.size() + right.size());
  return out + std::string(margin + 2, ' ') + left +
         (shown.size() > 1 && room > 0 ? std::string(static_cast<size_t>(room), ' ') + right : "") + "\n";
}

}  // namespace zenops::repl
