#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/parameter.hpp"

namespace zenops {

/// One kind of lie and who tells it. With several entries the first that names a worker is its own.
struct AttackOptions {
  std::string name = "none";
  Parameters parameters;          // those of the catalogue's line, scale among them
  double rate = 0;                // chance of each block message to be poisoned; fixed liars: 1
  std::vector<uint32_t> workers;  // empty: every worker
};

}  // namespace zenops
