#include "bench/sum_of_words.hpp"

#include <bit>
#include <cstddef>

namespace zenops::bench {

uint32_t sum_of_words(std::span<const float> row) {
  uint32_t lanes[64]{};
  size_t k = 0;
  for (; k + 64 <= row.size(); k += 64)
    for (size_t j = 0; j < 64; ++j) lanes[j] += std::bit_cast<uint32_t>(row[k + j]);
  for (; k < row.size(); ++k) lanes[0] += std::bit_cast<uint32_t>(row[k]);
  uint32_t sum = 0;
  for (const uint32_t lane : lanes) sum += lane;
  return sum;
}

}  // namespace zenops::bench
