#pragma once
#include <string>

#include "configs/original/command_line.hpp"

namespace zenops::original {

/// The validator script's options as Python printed them at the top of its log: "Namespace(alpha=0.8, …)", by their names.
std::string namespace_line(const CommandLine& line);

/// A number as Python prints a float: 0.1, 1.0, 1e-05.
std::string python_float(double value);

}  // namespace zenops::original
