#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace zenops {

/// How numbers are compared where there are AVX-512's vectors: AMD's processors take twice as many minima and maxima of
/// integers a cycle as of floats, Intel's half as many. With fewer registers loads and stores take longer than either,
/// and floats are what they are. The means are the same to the bit.
enum class Sorted : uint8_t { as_floats, as_integers };

/// The quicker of the two on this machine.
Sorted quicker_sorted();

/// out (size) = per coordinate the mean of the n values without the `trim` smallest and largest. n ≥ 1, 2 trim < n;
/// null rows are rows of zeros.
void trimmed_mean(std::span<const float* const> rows, size_t trim, size_t size, float* out,
                  Sorted sorted = quicker_sorted());

/// out (size) = per coordinate the mean of the n − drop values nearest to that trimmed mean; of two at the same
/// distance the smaller. drop < n.
void nearest_mean(std::span<const float* const> rows, size_t trim, size_t drop, size_t size, float* out,
                  Sorted sorted = quicker_sorted());

}  // namespace zenops
