#pragma once
#include <optional>
#include <vector>

#include "aggregation/network.hpp"

namespace zenops {

/// Wires that are sorted in registers, and that are merged there.
inline constexpr size_t kSorted = 32, kMerged = 64;

/// Wires in registers: what they are brought from, and where the ranks go that are wanted.
struct InRegisters {
  Leaf kind;
  Order from, to;
};

/// What follows once wires are sorted: either a merge in registers, or a layer of exchanges.
struct SortingStep {
  std::optional<InRegisters> merge = {};
  std::vector<Comparator> layer = {};  // unless it is a merge
};

/// Consecutive wires that are sorted in registers, as they are loaded.
struct SortingLeaf {
  uint32_t first, count;
};

/// One of the values among which a trimmed mean keeps the smallest: the larger of two wires, or one alone.
struct Candidate {
  uint32_t wire;
  std::optional<uint32_t> other = {};
};
using Kept = std::vector<Candidate>;

/// How the mean of some ranks of n values is found, whatever the values are: which wires are sorted, and what of them counts.
///
/// A trimmed mean needs no order among what it keeps, so only the two halves of the wires are sorted, A and B. The values
/// max(A[i], B[trim − 1 − i]), i = trim − |B| … |A| − 1, where one that is out of range does not count, are all but the trim
/// smallest, and fall and then rise with i. Of such a row the n − 2 trim smallest stand side by side, so each residue of i modulo
/// n − 2 trim has one of them: its smallest. That is 2 trim minima and maxima for any trim, where the last merge of a network takes
/// n log n.
///
/// A mean of the nearest leaves out some of the `drop` lowest and some of the `drop` highest: these are brought in order besides, and
/// what it surely keeps is what a mean trimmed by `drop` keeps.
struct Selection {
  size_t rows, trim, drop;  // as coordinatewise.hpp says
  std::vector<SortingLeaf> leaves = {};
  std::vector<SortingStep> steps = {};
  std::vector<Kept> kept = {};         // (n − 2 trim)
  std::vector<Kept> surely_kept = {};  // of a mean of the nearest: (n − 2 drop), empty when drop = trim
  Order lowest = {}, highest = {};     // (drop) each, from the lowest on
  Order order = {};                    // where more than half is dropped: the wire of every rank, and nothing of the above
  size_t wires = rows;                 // with those that are none of the rows

  /// Minima and maxima that it takes, per coordinate.
  size_t operations() const;
};

/// rows ≥ 1, 2 trim < rows, drop < rows; drop = 0 is a trimmed mean. O(rows log² rows).
Selection selection(size_t rows, size_t trim, size_t drop);

}  // namespace zenops
