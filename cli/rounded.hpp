#pragma once
#include <cstdio>
#include <string>

namespace zenops {

/// A number with four digits, for people.
inline std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace zenops
