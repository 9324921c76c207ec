#pragma once
#include "runtime/ledger.hpp"

namespace zenops {

/// What this machine has to give: its cores and memory, under its host name.
NodeSpec this_machine();

}  // namespace zenops
