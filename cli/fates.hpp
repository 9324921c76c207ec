#pragma once
#include <cstdint>
#include <vector>

#include "aggregation/aggregate.hpp"

namespace zenops {

/// What became of each row, by index: the rule kept it, left it out, or never saw it because it held NaN or Inf.
struct Fates {
  std::vector<uint32_t> kept, left_out, refused;
};

/// Of `rows` rows of which that was made.
Fates fates(const Aggregate& made, size_t rows);

}  // namespace zenops
