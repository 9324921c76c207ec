#pragma once
#include <cstddef>

namespace zenops {

/// z_max of Baruch, Baruch, Goldberg 2019: with n = honest + liars and f liars, s = ⌊n/2 + 1⌋ − f honest rows have to lie further out
/// than the lie for it to have a majority, and Φ(z) < (n − f − s) / (n − f). With few rows it may be below 0. Where the paper has no
/// answer: 8 if liars are that majority themselves, since any z would do, and 0 if all rows were needed (n = 2). O(1).
double alie_z(size_t honest, size_t liars);

}  // namespace zenops
