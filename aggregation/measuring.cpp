#include "aggregation/measuring.hpp"

#include <algorithm>

#include "aggregation/kernels/coordinatewise.hpp"
#include "aggregation/plan.hpp"

namespace zenops {
namespace {

/// The row that is believed; `made` holds it when it has to be made.
const float* believed(const Needs& needs, const Stretch& stretch, std::vector<float>& made) {
  if (needs.trusted != Trust::median || stretch.rows.empty()) return stretch.trusted;
  made.resize(std::max<size_t>(stretch.size, 1));
  const size_t n = stretch.central.size();
  if (n > 0) trimmed_mean(stretch.central, (n - 1) / 2, stretch.size, made.data());
  return made.data();
}

Products of_rows(const Needs& needs, const Stretch& stretch) {
  std::vector<float> made;
  const float* trusted = believed(needs, stretch, made);
  if (stretch.workspace)
    if (auto products = stretch.workspace->measure(stretch.rows, trusted, stretch.size, needs.table, needs.signs, needs.gaps))
      return std::move(*products);
  return measure(stretch.rows, trusted, stretch.size, needs.table, needs.signs, needs.gaps);
}

Products of_sums(const Stretch& stretch) {
  const size_t n = stretch.rows.size();
  std::vector<float> made(n * stretch.size);
  std::vector<const float*> pointers;
  for (size_t k = 0; k < n; ++k) {
    const std::span<float> sum = std::span(made).subspan(k * stretch.size, stretch.size);
    if (const float* before = k < stretch.sums.size() ? stretch.sums[k] : nullptr) std::copy_n(before, stretch.size, sum.begin());
    if (const float* row = stretch.rows[k]) add_saturated(sum, {row, stretch.size});
    pointers.push_back(sum.data());
  }
  return measure(pointers, nullptr, stretch.size, true);
}

Products of_drawn(const Needs& needs, const Stretch& stretch, uint32_t set) {
  const auto coordinates = drawn(stretch.place, stretch.size, set, needs.draws.size);
  std::vector<float> gathered(stretch.rows.size() * coordinates.size());
  std::vector<const float*> pointers;
  float* out = gathered.data();
  for (const float* row : stretch.rows) {
    pointers.push_back(row ? out : nullptr);
    if (!row) continue;
    for (const size_t i : coordinates) *out++ = row[i];
  }
  return measure(pointers, nullptr, coordinates.size(), true);
}

}  // namespace

Products measured(const Needs& needs, const Stretch& stretch) {
  Products out;
  if (stretch.table) {
    out = *stretch.table;
  } else if (needs.lengths()) {
    out = of_rows(needs, stretch);
  }
  if (needs.sums) out.sums.push_back(of_sums(stretch));
  for (uint32_t set = 0; set < needs.draws.sets; ++set) out.draws.push_back(of_drawn(needs, stretch, set));
  return out;
}

std::vector<const float*> from(std::span<const float* const> rows, size_t offset) {
  std::vector<const float*> result;
  for (const float* row : rows) result.push_back(row + offset);
  return result;
}

}  // namespace zenops
