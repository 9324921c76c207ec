#pragma once
#include "aggregation/accelerator.hpp"
#include "aggregation/draws.hpp"
#include "aggregation/geometry.hpp"

namespace zenops {

/// One segment of n rows, with all that measuring them may take. Pointers are to `size` finite floats; null stands for
/// zeros.
struct Stretch {
  std::span<const float* const> rows = {};     // (n)
  size_t size = 0;                             // of the segment, in floats
  const float* trusted = nullptr;              // the validator's row or the previous one, where one is believed
  const Products* table = nullptr;             // what arranged() gives of these and the trusted row, where they came one by one
  std::span<const float* const> central = {};  // the rows of which the median is believed, where it is
  std::span<const float* const> sums = {};     // (n): what each row's sender sent before it, where that is needed
  Place place = {};                            // where the segment lies
  Workspace* workspace = nullptr;              // what measures the rows where it can, unless they have a table; null: nothing
};

/// What a rule with these needs is told of the segment; the two of `rates` are left to whoever knows the rows before.
/// Everything is a sum over the segment's numbers, so that segments added up in their order have the same bits whoever
/// measured them. O(needs.reads() · n size), with a table O(n² size) besides.
Products measured(const Needs& needs, const Stretch& stretch);

/// Rows of a segment that begins `offset` floats into each of `rows`, none of which is null.
std::vector<const float*> from(std::span<const float* const> rows, size_t offset);

}  // namespace zenops
