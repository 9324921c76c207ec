#pragma once

// Which instruction sets the kernels are compiled for; included before Highway. AVX-512 once, since its extensions bring nothing
// to these kernels; SSSE3 machines run the baseline code; vectors of scalable length cannot be kept in arrays.
#define HWY_DISABLED_TARGETS \
  ((HWY_AVX3 - 1) | HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
