// One call of one kernel, for callgrind to count: counts.py runs it and knows what to make of the number.
//
//   zenops_kernel_under_count about                  what it was compiled by and how, and the instruction sets to count
//   zenops_kernel_under_count SET KERNEL ROWS SIZE   that kernel on ROWS rows of SIZE numbers
#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/geometry.hpp"
#include "aggregation/kernels/targets.hpp"
#include "aggregation/plan.hpp"
//
#include "hwy/highway.h"

namespace zenops {
namespace {

/// n rows of d numbers between −1 and 1, and one more for kernels that take a trusted one.
struct MadeUp {
  MadeUp(size_t n, size_t d) : rows(n), size(d), numbers((n + 1) * d), out(d) {
    uint32_t state = 1;
    for (float& x : numbers) {
      state = state * 1664525u + 1013904223u;
      x = static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31f;
    }
    for (size_t k = 0; k < n; ++k) rows[k] = numbers.data() + k * d;
  }
  std::span<const float> of_rows() const { return {numbers.data(), rows.size() * size}; }
  const float* trusted() const { return numbers.data() + rows.size() * size; }
  size_t fifth() const { return rows.size() / 5; }       // of the rows, trimmed when so many may lie
  size_t most() const { return (rows.size() - 1) / 2; }  // that can be trimmed: what is left is the median
  void combined(Combine kind, size_t trim = 0, size_t drop = 0) {
    BlockPlan plan{
        .combine = kind, .trim = static_cast<uint32_t>(trim), .drop = static_cast<uint32_t>(drop), .step = 1};
    if (kind == Combine::weighted_sum) plan.weights.assign(rows.size(), 1 / static_cast<float>(rows.size()));
    combine(plan, rows, size, out.data());
  }

  std::vector<const float*> rows;
  size_t size;
  std::vector<float> numbers, out;
};

struct Kernel {
  std::string_view name;
  void (*run)(MadeUp&);
};

constexpr Kernel kernels[] = {
    {"trimmed_mean", [](MadeUp& m) { m.combined(Combine::trimmed_mean, m.fifth()); }},
    {"median", [](MadeUp& m) { m.combined(Combine::trimmed_mean, m.most()); }},
    {"nearest_mean", [](MadeUp& m) { m.combined(Combine::nearest_mean, m.fifth(), m.fifth()); }},
    {"meamed", [](MadeUp& m) { m.combined(Combine::nearest_mean, m.most(), m.fifth()); }},
    {"weighted_sum", [](MadeUp& m) { m.combined(Combine::weighted_sum); }},
    {"majority", [](MadeUp& m) { m.combined(Combine::majority); }},
    {"measure_table", [](MadeUp& m) { measure(m.rows, nullptr, m.size, true); }},
    {"measure_trusted", [](MadeUp& m) { measure(m.rows, m.trusted(), m.size); }},
    {"all_finite", [](MadeUp& m) { m.out[0] = all_finite(m.of_rows()); }},
};

/// As Highway calls it, in lower case.
std::string name_of(int64_t target) {
  std::string name = hwy::TargetName(target);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

/// AVX2, and what every machine runs: scalar code, or with later versions of Highway SSE2.
std::vector<int64_t> counted_targets() {
  std::vector<int64_t> result;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets())
    if (target == HWY_AVX2 || target == HWY_STATIC_TARGET) result.push_back(target);
  return result;
}

int about() {
#ifdef __clang__
  std::printf("compiler clang++-%d.%d\n", __clang_major__, __clang_minor__);
#else
  std::printf("compiler g++-%d.%d\n", __GNUC__, __GNUC_MINOR__);
#endif
  std::printf("flags %s\nsets", ZENOPS_FLAGS);
  for (const int64_t target : counted_targets()) std::printf(" %s", name_of(target).c_str());
  std::printf("\n");
  return 0;
}

int refuse(std::string_view what) {
  std::cerr << "zenops_kernel_under_count: " << what << "; its arguments are: about, or SET KERNEL ROWS SIZE\n";
  return 2;
}

int count(std::string_view set, std::string_view name, size_t rows, size_t size) {
  int64_t chosen = 0;
  for (const int64_t target : counted_targets())
    if (name_of(target) == set) chosen = target;
  const Kernel* kernel = nullptr;
  for (const Kernel& k : kernels)
    if (k.name == name) kernel = &k;
  if (!chosen) return refuse("no such instruction set here");
  if (!kernel) return refuse("no such kernel");
  if (rows == 0 || size == 0) return refuse("no numbers");
  hwy::SetSupportedTargetsForTest(chosen);
  MadeUp made_up(rows, size);
  kernel->run(made_up);  // what a thread keeps for its next call is made here
  CALLGRIND_TOGGLE_COLLECT;
  kernel->run(made_up);
  CALLGRIND_TOGGLE_COLLECT;
  return 0;
}

}  // namespace
}  // namespace zenops

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "about") return zenops::about();
  if (argc != 5) return zenops::refuse("these are none");
  return zenops::count(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10));
}
