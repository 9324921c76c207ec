#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zenops {

/// A table of numbers in [0, 1] as coloured fields with the numbers in them.
struct HeatMap {
  std::string title;
  std::vector<std::string> columns, rows;
  std::vector<std::vector<std::optional<double>>> values;  // by row, by column
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

/// Each writes `stem`.svg and `stem`.png. Throws UserError (cannot_write).
void plot(const HeatMap& map, const std::filesystem::path& stem);
void plot(const Curves& curves, const std::filesystem::path& stem);

}  // namespace zenops
