#pragma once
#include <gtest/gtest.h>

#include <string>

#include "base/expected.hpp"

namespace zenops {

/// The sentence of the UserError that `work` throws, whose exit code must be `exit_code`; a failure and "" when there
/// is none.
template <class Work>
std::string refusal(int exit_code, Work&& work) {
  try {
    work();
  } catch (const UserError& error) {
    EXPECT_EQ(error.exit_code(), exit_code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

}  // namespace zenops
