#pragma once
#include "runtime/ledger.hpp"

namespace zenops {

/// What this machine has to give: its cores, memory and visible GPUs (runtime/gpus.hpp), under its host name.
NodeSpec this_machine();

}  // namespace zenops
