#pragma once
#include "tests/simulation/scenario.hpp"

namespace zenops::simulation {

/// Runs it to its end, and looks at everything that is said meanwhile.
Outcome run(const Scenario& scenario);

}  // namespace zenops::simulation
