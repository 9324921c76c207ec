#include "aggregation/rules/trim.hpp"

#include <algorithm>

#include "aggregation/rules/mean.hpp"

namespace zenops {
namespace {

std::string count_of_rows(size_t n) { return std::to_string(n) + (n == 1 ? " row" : " rows"); }

}  // namespace

Trim::Trim(const Parameters& values) : ratio_(values.at("trim_ratio")), liars_(values) {}

std::vector<Parameter> Trim::parameters() {
  Parameter f = Liars::parameter();
  f.sentence = "how many liars to withstand; replaces trim_ratio";
  return {{.name = "trim_ratio",
           .default_value = 0.2,
           .min = 0,
           .max = 0.5,
           .open_max = true,
           .sentence = "the share of the rows that is trimmed from each end of every coordinate"},
          f};
}

std::optional<std::string> Trim::objection(const std::string& rule, const Parameters& values, size_t rows) {
  const std::optional<size_t> f = Liars(values).declared();
  if (!f || rows > 2 * *f) return std::nullopt;
  return rule + " needs n > 2f = " + std::to_string(2 * *f) + ", got n = " + std::to_string(rows);
}

Plan trimmed_plan(const Geometry& geometry, Combine combine, const Trim& asked, size_t trim) {
  const size_t n = geometry.rows, blocks = geometry.blocks.size();
  if (n == 0) return {std::vector<BlockPlan>(blocks), kNoRows};
  const size_t possible = std::min(trim, (n - 1) / 2);
  Plan plan;
  if (possible == 0) {
    plan.blocks.assign(blocks, plain_mean(n));
    if (asked.wanted(geometry)) plan.note = count_of_rows(n) + ": nothing to trim, plain mean";
    return plan;
  }
  plan.blocks.assign(blocks, coordinatewise(n, possible, combine == Combine::nearest_mean ? possible : 0));
  if (const size_t f = asked.liars(geometry).value_or(0); possible < f)
    plan.note = count_of_rows(n) + ": trims " + std::to_string(possible) + " instead of f = " + std::to_string(f);
  return plan;
}

}  // namespace zenops
