#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zenops {

/// Geometry::draw of one group's round, as its validator and every shard know it.
uint64_t draw_of(uint64_t seed, uint32_t group, uint32_t step);

/// Where a segment lies in what is judged as a whole.
struct Place {
  uint64_t draw = 0;   // Geometry's
  uint32_t part = 0;   // which whole: the block, or 0 for the model
  size_t at = 0;       // its first number's place in the whole
  size_t whole = 0;    // numbers in the whole; 0: the segment belongs to none
};

/// Of a set of `count` coordinates of the whole, or all of them when there are no more, those in its numbers at … at +
/// size − 1: ascending, from 0 for the first of them. The whole, as a circle that is turned at random, is cut into
/// `count` stretches, as even as can be, and each gives one coordinate at random. So every coordinate has the same chance,
/// as in a uniform draw, and whoever has a segment need not look at the others. O(coordinates found).
std::vector<size_t> drawn(const Place& place, size_t size, uint32_t set, size_t count);

}  // namespace zenops
