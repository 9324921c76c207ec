#pragma once
#include <vector>

#include "configs/original/experiment.hpp"

namespace zenops::original {

/// Every run that Zeno-PS's instructions and its paper tell of, one line each:
///   zeno-ps/M0                  the test of pushes and pulls
///   zeno-ps/M1 … M5             the walk-throughs, process by process
///   zeno-ps/S1 … S23, A1 … A10  the launcher's commands, synchronous and asynchronous
///   zeno-ps/paper/…             the 56 of the published figures
const std::vector<Experiment>& experiments();

}  // namespace zenops::original
