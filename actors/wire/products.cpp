#include "actors/wire/products.hpp"

namespace zenops::wire {
namespace {

bool has_trusted(const Needs& needs, size_t n) { return needs.trusted != Trust::nobody && n > 0; }
size_t pairs(size_t points) { return points == 0 ? 0 : triangle(points, 0); }

}  // namespace

size_t products_size(const Needs& needs, size_t n) {
  const bool trusted = needs.trusted != Trust::nobody;
  const size_t table = needs.table ? pairs(n + has_trusted(needs, n)) + pairs(n) : 0;
  return (needs.anything() ? n : 0) + (needs.rates ? 2 * n : 0) + (trusted ? n + 1 : 0) + table;
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
}

Products products_from(std::span<const double> numbers, const Needs& needs, size_t n) {
  const auto take = [&](size_t count) {
    const std::vector<double> values(numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(count));
    numbers = numbers.subspan(count);
    return values;
  };
  Products out;
  out.squared_norms = take(n);
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
  return out;
}

}  // namespace zenops::wire
