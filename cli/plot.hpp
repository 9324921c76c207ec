#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace zenops {

/// A table of numbers in [0, 1] as coloured fields with the numbers in them.
struct HeatMap {
  std::string title;
  std::vector<std::string> columns, rows;
  std::vector<std::vector<std::optional<double>>> values;  // by row, by column
};

/// A table of counts as fields that are the darker the more there is, with the numbers where they fit, a sum beside each row, and
/// what the shades mean below.
struct CountMap {
  std::string title, across;  // what the columns are
  std::vector<std::string> columns, rows;
  std::vector<uint64_t> totals;               // by row
  std::vector<std::vector<uint64_t>> values;  // by row, by column
};

/// Numbers in [0, 1] over rounds: a panel for each row of a table, a line for each column.
struct Curves {
  struct Point {
    double round, mean, deviation;
  };
  struct Panel {
    std::string title;
    std::vector<std::vector<Point>> lines;  // by column
  };
  std::string title;
  std::vector<std::string> columns;
  std::vector<Panel> panels;
};

/// Numbers above 0 over numbers above 0, both on logarithmic scales: panels side by side, each with its own upper end and
/// its own legend, and a line across at 1.
struct Ratios {
  enum class Stroke { solid, dashed, wide, dotted, mixed };
  struct Line {
    std::string name;
    size_t colour = 0;
    Stroke stroke = Stroke::solid;
    std::vector<std::pair<double, double>> points = {};
  };
  struct Panel {
    std::string title;
    std::vector<Line> lines;
  };
  std::string title = {}, across = {}, up = {};  // what x and y are
  std::vector<double> marks = {};                // on the x axis
  std::vector<Panel> panels = {};
};

/// Each writes `stem`.svg and `stem`.png. Throws UserError (cannot_write).
void plot(const HeatMap& map, const std::filesystem::path& stem);
void plot(const CountMap& map, const std::filesystem::path& stem);
void plot(const Curves& curves, const std::filesystem::path& stem);
void plot(const Ratios& ratios, const std::filesystem::path& stem);

}  // namespace zenops
