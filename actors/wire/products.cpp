#include "actors/wire/products.hpp"

namespace zenops::wire {
namespace {

bool has_trusted(const Needs& needs, size_t n) { return needs.trusted != Trust::nobody && n > 0; }
size_t pairs(size_t points) { return points == 0 ? 0 : triangle(points, 0); }

/// What of a rule's needs is measured of drawn coordinates, and of sums.
constexpr Needs table_alone{.table = true};

size_t tables(const Needs& needs) { return needs.sums + needs.draws.sets; }

}  // namespace

size_t products_size(const Needs& needs, size_t n) {
  const bool trusted = needs.trusted != Trust::nobody;
  const size_t table = needs.table ? pairs(n + has_trusted(needs, n)) + pairs(n) : 0;
  const size_t others = tables(needs) == 0 ? 0 : tables(needs) * products_size(table_alone, n);
  return (needs.lengths() ? n : 0) + (needs.rates ? 2 * n : 0) + (needs.signs ? 2 * n : 0) + (needs.gaps ? n : 0) + (trusted ? n + 1 : 0) + table + others;
}

void append(const Products& products, const Needs& needs, std::vector<double>& numbers) {
  const auto put = [&](const std::vector<double>& values) { numbers.insert(numbers.end(), values.begin(), values.end()); };
  put(products.squared_norms);
  put(products.dots);
  if (needs.trusted != Trust::nobody) numbers.push_back(products.trusted_squared_norm);
  put(products.distances);
  put(products.inner);
  put(products.changes);
  put(products.moves);
  put(products.positives);
  put(products.negatives);
  put(products.gaps);
  for (const Products& sums : products.sums) append(sums, table_alone, numbers);
  for (const Products& set : products.draws) append(set, table_alone, numbers);
}

Products products_from(std::span<const double> numbers, const Needs& needs, size_t n) {
  const auto take = [&](size_t count) {
    const std::vector<double> values(numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(count));
    numbers = numbers.subspan(count);
    return values;
  };
  Products out;
  if (needs.lengths()) out.squared_norms = take(n);
  if (needs.trusted != Trust::nobody) {
    out.dots = take(n);
    out.trusted_squared_norm = take(1)[0];
  }
  if (needs.table) {
    out.distances = take(pairs(n + has_trusted(needs, n)));
    out.inner = take(pairs(n));
  }
  if (needs.rates) {
    out.changes = take(n);
    out.moves = take(n);
  }
  if (needs.signs) {
    out.positives = take(n);
    out.negatives = take(n);
  }
  if (needs.gaps) out.gaps = take(n);
  const auto take_table = [&] {
    const size_t size = products_size(table_alone, n);
    const Products table = products_from(numbers.first(size), table_alone, n);
    numbers = numbers.subspan(size);
    return table;
  };
  if (needs.sums) out.sums.push_back(take_table());
  for (uint32_t set = 0; set < needs.draws.sets; ++set) out.draws.push_back(take_table());
  return out;
}

}  // namespace zenops::wire
