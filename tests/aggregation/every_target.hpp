#pragma once
#include <gtest/gtest.h>

#include "aggregation/kernels/targets.hpp"
//
#include "hwy/highway.h"

namespace zenops {

/// Calls `check` once per instruction set that the kernels are compiled for and this machine has.
template <class Check>
void on_every_target(Check check) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace zenops
