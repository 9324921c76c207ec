#include "cli/plot.hpp"

#include <cairo-svg.h>
#include <cairo.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <tuple>

#include "cli/output_file.hpp"
#include "cli/report.hpp"

namespace zenops {
namespace {

constexpr double kMargin = 16, kText = 13, kTitle = 16;

struct Colour {
  double red, green, blue;
};
constexpr Colour kInk{0.13, 0.13, 0.13}, kFaint{0.85, 0.85, 0.85}, kMissing{0.93, 0.93, 0.93};
// Okabe and Ito 2008: told apart by everybody.
constexpr std::array<Colour, 9> kLines{{{0.00, 0.45, 0.70},
                                        {0.84, 0.37, 0.00},
                                        {0.00, 0.62, 0.45},
                                        {0.80, 0.47, 0.65},
                                        {0.34, 0.71, 0.91},
                                        {0.90, 0.62, 0.00},
                                        {0.00, 0.00, 0.00},
                                        {0.60, 0.60, 0.20},
                                        {0.55, 0.55, 0.55}}};

/// On the way through the stops, at value 0 the first and at 1 the last.
Colour between(const std::array<Colour, 5>& stops, double value) {
  const double at = std::clamp(value, 0.0, 1.0) * (stops.size() - 1);
  const auto k = std::min(static_cast<size_t>(at), stops.size() - 2);
  const double t = at - static_cast<double>(k);
  const auto mix = [t](double a, double b) { return a + t * (b - a); };
  return {mix(stops[k].red, stops[k + 1].red), mix(stops[k].green, stops[k + 1].green),
          mix(stops[k].blue, stops[k + 1].blue)};
}

/// From dark (0) to light (1), equal steps looking equal.
Colour shade(double value) {
  constexpr std::array<Colour, 5> stops{
      {{0.27, 0.00, 0.33}, {0.23, 0.32, 0.55}, {0.13, 0.57, 0.55}, {0.37, 0.79, 0.38}, {0.99, 0.91, 0.14}}};
  return between(stops, value);
}

/// From white (nothing) to dark (1), equal steps looking equal.
Colour depth(double value) {
  constexpr std::array<Colour, 5> stops{
      {{1.00, 1.00, 1.00}, {0.77, 0.86, 0.93}, {0.45, 0.69, 0.83}, {0.16, 0.45, 0.69}, {0.03, 0.19, 0.42}}};
  return between(stops, value);
}

class Pen {
 public:
  explicit Pen(cairo_t* cairo) : cairo_(cairo) {
    cairo_select_font_face(cairo_, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
  }
  void colour(const Colour& c, double alpha = 1) { cairo_set_source_rgba(cairo_, c.red, c.green, c.blue, alpha); }
  void rectangle(double x, double y, double width, double height) {
    cairo_rectangle(cairo_, x, y, width, height);
    cairo_fill(cairo_);
  }
  void line(double x0, double y0, double x1, double y1, double width) {
    cairo_set_line_width(cairo_, width);
    cairo_move_to(cairo_, x0, y0);
    cairo_line_to(cairo_, x1, y1);
    cairo_stroke(cairo_);
  }
  /// Through all points; filled when `area`.
  void path(const std::vector<std::pair<double, double>>& points, bool area) {
    cairo_new_path(cairo_);  // a text leaves a point behind
    for (const auto& [x, y] : points) cairo_line_to(cairo_, x, y);
    cairo_set_line_width(cairo_, 1.8);
    area ? cairo_fill(cairo_) : cairo_stroke(cairo_);
  }
  void dashes(const std::vector<double>& lengths) {
    cairo_set_dash(cairo_, lengths.data(), static_cast<int>(lengths.size()), 0);
  }
  void dot(double x, double y, double radius) {
    cairo_new_path(cairo_);
    cairo_arc(cairo_, x, y, radius, 0, 2 * std::numbers::pi);
    cairo_fill(cairo_);
  }
  /// Upwards, centred on that point.
  void upright(const std::string& text, double x, double y) {
    cairo_save(cairo_);
    cairo_translate(cairo_, x, y);
    cairo_rotate(cairo_, -std::numbers::pi / 2);
    this->text(text, 0, 0, 0.5);
    cairo_restore(cairo_);
  }
  /// `align`: 0 begins at x, 0.5 is centred on it, 1 ends there; y is the middle of the line.
  void text(const std::string& text, double x, double y, double align, double size = kText) {
    cairo_set_font_size(cairo_, size);
    cairo_move_to(cairo_, x - align * width(text, size), y + 0.35 * size);
    cairo_show_text(cairo_, text.c_str());
  }
  double width(const std::string& text, double size = kText) {
    cairo_text_extents_t extents;
    cairo_set_font_size(cairo_, size);
    cairo_text_extents(cairo_, text.c_str(), &extents);
    return extents.x_advance;
  }

 private:
  cairo_t* cairo_;
};

cairo_status_t append(void* bytes, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

/// The widest of the texts, in the font of the pictures.
double widest(const std::vector<std::string>& texts) {
  cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
  cairo_t* cairo = cairo_create(surface);
  Pen pen(cairo);
  double most = 0;
  for (const auto& text : texts) most = std::max(most, pen.width(text));
  cairo_destroy(cairo);
  cairo_surface_destroy(surface);
  return most;
}

void write(const std::filesystem::path& stem, double width, double height, const std::function<void(Pen&)>& draw) {
  const auto paint = [&](cairo_surface_t* surface, double scale) {
    cairo_t* cairo = cairo_create(surface);
    cairo_scale(cairo, scale, scale);
    Pen pen(cairo);
    pen.colour({1, 1, 1});
    pen.rectangle(0, 0, width, height);
    pen.colour(kInk);
    draw(pen);
    cairo_destroy(cairo);
  };
  const auto file = [&](const char* extension) {
    auto path = stem;
    path += extension;
    return path;
  };
  std::string svg, png;
  cairo_surface_t* surface = cairo_svg_surface_create_for_stream(append, &svg, width, height);
  paint(surface, 1);
  cairo_surface_destroy(surface);  // writes it
  constexpr double sharp = 2;      // pixels to a unit
  surface =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(sharp * width), static_cast<int>(sharp * height));
  paint(surface, sharp);
  cairo_surface_write_to_png_stream(surface, append, &png);
  cairo_surface_destroy(surface);
  OutputFile::replace(file(".svg"), svg);
  OutputFile::replace(file(".png"), png);
}

}  // namespace

void plot(const HeatMap& map, const std::filesystem::path& stem) {
  const double field_width = std::max(64.0, widest(map.columns) + 16), field_height = 34;
  const double left = kMargin + widest(map.rows) + 10, top = kMargin + 2 * kTitle + 22;
  const double columns = static_cast<double>(map.columns.size()), rows = static_cast<double>(map.rows.size());
  write(stem, left + columns * field_width + kMargin, top + rows * field_height + kMargin, [&](Pen& pen) {
    pen.text(map.title, kMargin, kMargin + kTitle / 2, 0, kTitle);
    for (size_t c = 0; c < map.columns.size(); ++c)
      pen.text(map.columns[c], left + (static_cast<double>(c) + 0.5) * field_width, top - 12, 0.5);
    for (size_t r = 0; r < map.rows.size(); ++r) {
      const double y = top + static_cast<double>(r) * field_height;
      pen.colour(kInk);
      pen.text(map.rows[r], left - 10, y + field_height / 2, 1);
      for (size_t c = 0; c < map.columns.size(); ++c) {
        const double x = left + static_cast<double>(c) * field_width;
        const auto value = map.values[r][c];
        pen.colour(value ? shade(*value) : kMissing);
        pen.rectangle(x + 1, y + 1, field_width - 2, field_height - 2);
        pen.colour(value && *value < 0.6 ? Colour{1, 1, 1} : kInk);
        pen.text(value ? fixed(*value, 3) : "–", x + field_width / 2, y + field_height / 2, 0.5);
      }
    }
  });
}

void plot(const CountMap& map, const std::filesystem::path& stem) {
  constexpr double field_width = 50, bar = 180;
  constexpr double small = 11;
  // As many as there can be fit into a picture: then they have no numbers.
  const auto room = [](double usual, size_t count, double all) { return std::clamp(all / static_cast<double>(count), 4.0, usual); };
  const double width = room(field_width, map.columns.size(), 1200), height = room(26, map.rows.size(), 900);
  const auto number = static_cast<std::string (*)(uint64_t)>(std::to_string);
  uint64_t most = 1;
  std::vector<std::string> totals;
  for (const auto& row : map.values) most = std::max(most, *std::ranges::max_element(row));
  for (const uint64_t total : map.totals) totals.push_back(number(total));
  const double left = kMargin + widest(map.rows) + 10, top = kMargin + 2 * kTitle + 34;
  const double right = left + width * static_cast<double>(map.columns.size());
  const double bottom = top + height * static_cast<double>(map.rows.size());
  const double beside = std::max(widest(totals), widest({"samples"})) + 14;
  const double whole = std::max({right + beside + kMargin, left + bar + 220, 2 * kMargin + 1.3 * widest({map.title})});
  // The names of every so many: as many as there is room for.
  const auto step = [](double room, double needed) { return static_cast<size_t>(std::max(1.0, std::ceil(needed / room))); };
  const size_t every_column = step(width, widest(map.columns) + 8), every_row = step(height, kText + 2);
  const bool numbers = width >= widest({number(most)}) && height >= small + 4;
  write(stem, whole, bottom + 64, [&](Pen& pen) {
    pen.text(map.title, kMargin, kMargin + kTitle / 2, 0, kTitle);
    pen.text(map.across, (left + right) / 2, top - 32, 0.5);
    pen.text("samples", right + beside, top - 13, 1);
    for (size_t c = 0; c < map.columns.size(); c += every_column)
      pen.text(map.columns[c], left + (static_cast<double>(c) + 0.5) * width, top - 13, 0.5);
    const double gap = std::min(width, height) < 12 ? 0 : 1;
    for (size_t r = 0; r < map.rows.size(); ++r) {
      const double y = top + static_cast<double>(r) * height;
      // The last row is another kind's, and always named.
      const bool last = r + 1 == map.rows.size();
      if (last || (r % every_row == 0 && r + every_row < map.rows.size())) {
        pen.colour(kInk);
        pen.text(map.rows[r], left - 10, y + height / 2, 1);
        pen.text(totals[r], right + beside, y + height / 2, 1);
      }
      for (size_t c = 0; c < map.columns.size(); ++c) {
        const double x = left + static_cast<double>(c) * width;
        const uint64_t value = map.values[r][c];
        const double share = static_cast<double>(value) / static_cast<double>(most);
        pen.colour(depth(share));
        pen.rectangle(x, y, width - gap, height - gap);
        if (!numbers || value == 0) continue;
        pen.colour(share > 0.62 ? Colour{1, 1, 1} : kInk);
        pen.text(number(value), x + width / 2, y + height / 2, 0.5, small);
      }
    }
    pen.colour(kFaint);
    for (const double y : {top, bottom - height, bottom}) pen.line(left, y, right, y, 1);
    for (const double x : {left, right}) pen.line(x, top, x, bottom, 1);
    const double legend = bottom + 22;
    for (int k = 0; k < 60; ++k) {
      pen.colour(depth(k / 59.0));
      pen.rectangle(left + k * bar / 60, legend, bar / 60 + 0.5, 12);
    }
    pen.colour(kFaint);
    for (const double y : {legend, legend + 12}) pen.line(left, y, left + bar, y, 1);
    pen.colour(kInk);
    pen.text("0", left, legend + 24, 0.5, small);
    pen.text(number(most), left + bar, legend + 24, 0.5, small);
    pen.text("samples of one label in one part", left + bar + 24, legend + 6, 0, small);
  });
}

void plot(const Curves& curves, const std::filesystem::path& stem) {
  constexpr double width = 300, height = 190, gap = 56, axis = 44;
  const size_t across = std::clamp<size_t>(curves.panels.size(), 1, 3);
  const size_t down = (curves.panels.size() + across - 1) / across;
  double last_round = 1;
  for (const auto& panel : curves.panels)
    for (const auto& line : panel.lines)
      for (const auto& point : line) last_round = std::max(last_round, point.round);
  double legend = kMargin;
  for (const auto& column : curves.columns) legend += widest({column}) + 50;
  const double panels = kMargin + static_cast<double>(across) * (axis + width + 20);
  const double top = kMargin + 2 * kTitle + 34;
  write(stem, std::max(panels, legend), top + static_cast<double>(down) * (height + gap), [&](Pen& pen) {
    pen.text(curves.title, kMargin, kMargin + kTitle / 2, 0, kTitle);
    double x = kMargin;
    for (size_t c = 0; c < curves.columns.size(); ++c) {
      pen.colour(kLines[c % kLines.size()]);
      pen.line(x, kMargin + 2 * kTitle, x + 22, kMargin + 2 * kTitle, 2.5);
      pen.colour(kInk);
      pen.text(curves.columns[c], x + 28, kMargin + 2 * kTitle, 0);
      x += pen.width(curves.columns[c]) + 50;
    }
    for (size_t p = 0; p < curves.panels.size(); ++p) {
      const double left = kMargin + axis + static_cast<double>(p % across) * (axis + width + 20);
      const double upper = top + static_cast<double>(p / across) * (height + gap);
      const auto place = [&](double round, double value) {
        return std::pair(left + width * round / last_round, upper + height * (1 - std::clamp(value, 0.0, 1.0)));
      };
      pen.colour(kInk);
      pen.text(curves.panels[p].title, left + width / 2, upper - 12, 0.5);
      for (int tenth = 0; tenth <= 10; tenth += 2) {
        const double y = place(0, tenth / 10.0).second;
        pen.colour(kFaint);
        pen.line(left, y, left + width, y, 1);
        pen.colour(kInk);
        pen.text(fixed(tenth / 10.0, 1), left - 8, y, 1, 11);
      }
      pen.text("0", left, upper + height + 14, 0.5, 11);
      pen.text("round " + fixed(last_round, 0), left + width, upper + height + 14, 1, 11);
      for (size_t c = 0; c < curves.panels[p].lines.size(); ++c) {
        std::vector<std::pair<double, double>> mean, area;
        const auto& line = curves.panels[p].lines[c];
        for (const auto& point : line) {
          mean.push_back(place(point.round, point.mean));
          area.push_back(place(point.round, point.mean + point.deviation));
        }
        for (auto point = line.rbegin(); point != line.rend(); ++point)
          area.push_back(place(point->round, point->mean - point->deviation));
        pen.colour(kLines[c % kLines.size()], 0.2);
        pen.path(area, true);
        pen.colour(kLines[c % kLines.size()]);
        pen.path(mean, false);
      }
    }
  });
}

namespace {

std::vector<double> dashes(Ratios::Stroke stroke) {
  switch (stroke) {
    case Ratios::Stroke::solid:
      return {};
    case Ratios::Stroke::dashed:
      return {7, 4};
    case Ratios::Stroke::wide:
      return {16, 5};
    case Ratios::Stroke::dotted:
      return {2, 3};
    case Ratios::Stroke::mixed:
      return {8, 3, 2, 3};
  }
  return {};
}

/// 1, 1.2, 1.5, 2, 3, 5, 7, 10, … as far as they lie in the range, and no more than fit: of a long range only 1, 2, 5, or the powers.
std::vector<double> logarithmic_marks(double low, double high) {
  const double decades = std::log10(high / low);
  std::vector<double> of_a_decade = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7};
  if (decades < 0.4) of_a_decade = {1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 7, 8, 9};
  if (decades > 1) of_a_decade = {1, 2, 5};
  if (decades > 4) of_a_decade = {1};
  std::vector<double> out;
  for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10)
    for (const double step : of_a_decade)
      if (step * decade >= low && step * decade <= high) out.push_back(step * decade);
  return out;
}

std::string shortest(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// A stretch of numbers laid on a length, equal ratios to equal lengths.
struct Scale {
  double low, high, begin, end;
  double operator()(double value) const { return begin + (end - begin) * std::log(value / low) / std::log(high / low); }
};

Scale around(double least, double most, double margin, double begin, double end) {
  return {least / margin, most * margin, begin, end};
}

}  // namespace

void plot(const Ratios& ratios, const std::filesystem::path& stem) {
  constexpr double width = 400, height = 400, axis = 74, sample = 34, line_height = 19, small = 11;
  const double top = kMargin + kTitle + 46;
  std::vector<double> lefts, legends;
  double right = kMargin;
  size_t most_lines = 0;
  for (const auto& panel : ratios.panels) {
    std::vector<std::string> names;
    for (const auto& line : panel.lines) names.push_back(line.name);
    lefts.push_back(right + axis);
    legends.push_back(lefts.back() + width + 14);
    right = legends.back() + sample + 8 + widest(names) + 24;
    most_lines = std::max(most_lines, names.size());
  }
  const double whole = std::max(right, 2 * kMargin + 1.3 * widest({ratios.title}));
  const double bottom = top + std::max(height + 50, static_cast<double>(most_lines) * line_height) + kMargin;
  double first = 1, last = 1;
  if (!ratios.marks.empty()) std::tie(first, last) = std::pair(ratios.marks.front(), ratios.marks.back());
  write(stem, whole, bottom, [&](Pen& pen) {
    pen.text(ratios.title, kMargin, kMargin + kTitle / 2, 0, kTitle);
    for (size_t p = 0; p < ratios.panels.size(); ++p) {
      const auto& panel = ratios.panels[p];
      const double left = lefts[p];
      double least = 1, most = 1.2;
      for (const auto& line : panel.lines)
        for (const auto& [x, y] : line.points) least = std::min(least, y), most = std::max(most, y);
      const Scale across = around(first, last, 1.12, left, left + width);
      const Scale up = around(least, most, std::pow(most / least, 0.04), top + height, top);
      pen.text(panel.title, left + width / 2, top - 16, 0.5);
      for (const double y : logarithmic_marks(up.low, up.high)) {
        pen.colour(kFaint);
        pen.line(left, up(y), left + width, up(y), 1);
        pen.colour(kInk);
        pen.text(shortest(y), left - 8, up(y), 1, small);
      }
      for (const double x : ratios.marks) {
        pen.colour(kFaint);
        pen.line(across(x), top, across(x), top + height, 1);
        pen.colour(kInk);
        pen.text(shortest(x), across(x), top + height + 14, 0.5, small);
      }
      pen.text(ratios.across, left + width / 2, top + height + 36, 0.5);
      pen.upright(ratios.up, left - axis + 22, top + height / 2);
      pen.line(left, up(1), left + width, up(1), 1.5);
      double y = top + 8;
      for (const auto& line : panel.lines) {
        std::vector<std::pair<double, double>> points;
        for (const auto& [at, value] : line.points) points.emplace_back(across(at), up(value));
        pen.colour(kLines[line.colour % kLines.size()]);
        pen.dashes(dashes(line.stroke));
        pen.path(points, false);
        pen.line(legends[p], y, legends[p] + sample, y, 1.8);
        pen.dashes({});
        for (const auto& [px, py] : points) pen.dot(px, py, 2.6);
        pen.dot(legends[p] + sample / 2, y, 2.6);
        pen.colour(kInk);
        pen.text(line.name, legends[p] + sample + 8, y, 0);
        y += line_height;
      }
    }
  });
}

}  // namespace zenops
