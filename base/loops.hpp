#pragma once

// ZENOPS_LOOP: a loop compiled for AVX-512, AVX2 and plain x86-64, chosen when the program starts. No multiply-add is
// contracted, so all of them give the same bits. Roots set no errno and comparisons of NaN do not trap, or neither would be vectorised. A
// sanitizer is not ready yet when the choice is made.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ZENOPS_CLONES target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"),
#else
#define ZENOPS_CLONES
#endif
#define ZENOPS_LOOP __attribute__((ZENOPS_CLONES optimize("O3", "fp-contract=off", "no-math-errno", "no-trapping-math"), noinline))
