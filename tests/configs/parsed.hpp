#pragma once
#include <gtest/gtest.h>

#include "configs/config.hpp"
#include "tests/configs/small_catalogue.hpp"

namespace zenops {

/// What a file x.yaml with that text comes to.
inline Config parse(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_config(text, "x.yaml", overrides, small_catalogue());
}

/// What is said to be wrong with it.
inline std::string mistakes(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.exit_code(), 2);
    return e.what();
  }
  return "none";
}

}  // namespace zenops
