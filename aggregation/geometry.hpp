#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace zenops {

/// What a rule needs to know of the rows before it can decide.
enum class Needs {
  nothing,       // their number is enough
  trusted_dots,  // norms, and dot products with a trusted row
};

/// n rows against one trusted row v, over one segment or, added up in segment order, over one block. Sums are taken over 16
/// float lanes, in the same order on every instruction set, and accumulated in double.
struct Products {
  std::vector<double> squared_norms;  // (n): ‖u_k‖²
  std::vector<double> dots;           // (n): ⟨u_k, v⟩
  double trusted_squared_norm = 0;    // ‖v‖²
  void add(const Products& next);     // of the same n
};

/// rows: n pointers to `size` finite floats each; null stands for a row of zeros. trusted: `size` finite floats.
/// Reads every row once. When float squares overflow, all is computed again in double: finite rows give finite products.
Products measure(std::span<const float* const> rows, const float* trusted, size_t size);

/// What a rule decides from: one entry per block, over the rows of one group. Where the rule needs nothing, `blocks` holds
/// empty products.
struct Geometry {
  size_t rows = 0;
  std::vector<Products> blocks;
};

}  // namespace zenops
