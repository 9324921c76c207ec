#pragma once
#include "aggregation/accelerator.hpp"

namespace zenops::cuda {

/// A card that this process sees, of whose memory the share 0 < share ≤ 1 is taken at most, and no more than is free now: CUDA and
/// other processes have some of it. A quarter goes to each of four streams. What finds no room there is left to the
/// processor. Throws Error where it is not there. There must be no fork after it: CUDA does not survive that.
std::shared_ptr<Accelerator> accelerator(double share = 1, int index = 0);

}  // namespace zenops::cuda
