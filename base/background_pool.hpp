#pragma once
#include <memory>

#include "base/pool.hpp"

namespace zenops {

/// A pool whose threads give way to all others of this machine that are ready to run (nice 5), so that where every core computes
/// messages still get through, and nobody is taken for dead who only works.
std::unique_ptr<Pool> background_pool(int threads);

}  // namespace zenops
