#include "aggregation/aggregate.hpp"

#include <algorithm>

#include "aggregation/measuring.hpp"
#include "base/layout.hpp"

namespace zenops {
namespace {

void for_each_segment(Pool* pool, size_t count, const std::function<void(size_t)>& body) {
  if (pool == nullptr || count == 0) {
    for (size_t s = 0; s < count; ++s) body(s);
    return;
  }
  pool->for_each_and_wait(count, [&](size_t s, int) { body(s); });
}

std::string row_of_another_size(size_t k, size_t found, size_t expected) {
  return "row " + std::to_string(k) + " has " + std::to_string(found) + " numbers, row 0 has " +
         std::to_string(expected);
}

}  // namespace

Expected<Aggregate> aggregate(const Rules& rules, const RuleChoice& choice,
                              std::span<const std::span<const float>> rows, const AggregateOptions& options) {
  if (rows.empty()) return fail(Ec::malformed, "there are no rows");
  const size_t d = rows[0].size();
  Aggregate out;
  std::vector<const float*> pointers;
  for (uint32_t k = 0; k < rows.size(); ++k) {
    if (rows[k].size() != d) return fail(Ec::wrong_shape, row_of_another_size(k, rows[k].size(), d));
    if (!all_finite(rows[k])) continue;
    out.entered.push_back(k);
    pointers.push_back(rows[k].data());
  }
  const size_t n = pointers.size(), caught = rows.size() - n;
  if (n == 0) return fail(Ec::not_finite, "every row holds NaN or Inf");
  if (const auto why = objection(rules, choice, n, caught))
    return fail(Ec::malformed, *why + (caught > 0 ? " (" + std::to_string(caught) + " held NaN or Inf)" : ""));

  const auto rule = make_rule(rules, choice);
  const Needs needs = rule->needs();
  if (needs.losses && options.descents.empty())
    return fail(Ec::malformed, choice.rule.name + " needs a model to evaluate the rows with");
  std::vector<float> zeros;
  const float* trusted = nullptr;
  if (needs.trusted == Trust::validator || needs.trusted == Trust::previous) {
    if (options.trusted.empty() && needs.trusted == Trust::previous) zeros.resize(d);
    if (options.trusted.empty() && needs.trusted == Trust::validator && d > 0)
      return fail(Ec::malformed, choice.rule.name + " needs a trusted row");
    const std::span<const float> row = options.trusted.empty() ? zeros : options.trusted;
    if (row.size() != d)
      return fail(Ec::wrong_shape,
                  "the trusted row has " + std::to_string(row.size()) + " numbers, the rows have " + std::to_string(d));
    if (!all_finite(row)) return fail(Ec::not_finite, "the trusted row holds NaN or Inf");
    static constexpr float nothing = 0;
    trusted = d == 0 ? &nothing : row.data();
  }

  const Layout layout({{.name = "rows", .shape = {static_cast<int64_t>(d)}}});
  const auto& segments = layout.segments();
  Geometry geometry{.rows = n, .blocks = std::vector<Products>(1), .caught = caught, .draw = options.seed};
  for (const uint32_t k : out.entered) {
    if (!options.counts.empty()) geometry.counts.push_back(options.counts[k]);
    if (!options.descents.empty()) geometry.descents.push_back(options.descents[k]);
  }
  std::vector<Products> measured(segments.size());
  // A shard measures its own segments; what it found is added up in the order of the segments, whoever's they are.
  const auto each_shards = [&](const std::function<void(size_t)>& body) {
    for (uint32_t s = 0; s < options.shards; ++s) {
      const ShardRange range = layout.shard(s, options.shards);
      for_each_segment(options.pool, range.last - range.first, [&](size_t k) { body(range.first + k); });
    }
  };
  if (needs.anything()) {
    each_shards([&](size_t s) {
      const auto& [block, offset, size] = segments[s];
      const auto segment = from(pointers, offset);
      measured[s] = zenops::measured(needs, {.rows = segment,
                                             .size = size,
                                             .trusted = trusted ? trusted + offset : nullptr,
                                             .central = segment,
                                             .place = {.draw = geometry.draw, .at = offset, .whole = d}});
    });
    const std::vector<const float*> nothing(n);
    geometry.blocks[0] = zenops::measured(needs, {.rows = nothing, .trusted = trusted, .central = nothing});
    for (const Products& products : measured) geometry.blocks[0].add(products);
    out.bytes_read += static_cast<size_t>(needs.reads()) * n * d * sizeof(float);
  }

  Plan plan = rule->decide(geometry);
  out.plan = std::move(plan.blocks[0]);
  out.note = std::move(plan.note);
  out.row.resize(d);
  each_shards([&](size_t s) {
    const auto& [block, offset, size] = segments[s];
    combine(out.plan, from(pointers, offset), trusted ? trusted + offset : nullptr, size, out.row.data() + offset, offset);
  });
  out.bytes_read += rows_read(out.plan) * d * sizeof(float);
  return out;
}

}  // namespace zenops
