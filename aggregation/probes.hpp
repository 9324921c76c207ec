#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace zenops {

/// What a benchmark holds kernels to: the machine at its best, measured in the same process.

/// Brings `size` floats of every row into registers, in the order that suits the memory best.
/// The result depends on all of them, so that nothing is left out.
uint64_t read_once(std::span<const float* const> rows, size_t size);
/// The same, and writes as many floats to `out`, as whatever makes one row of them has to.
uint64_t read_and_write(std::span<const float* const> rows, size_t size, float* out);

/// Does `count` × 16 operations on independent registers of the widest vectors: alternating minima and maxima (of
/// integers where they are quicker, as a selection takes them), or differences and fused sums of their squares. Returns
/// how many it did, which may be a few more.
uint64_t minmax_operations(uint64_t count);
uint64_t fma_operations(uint64_t count);

}  // namespace zenops
