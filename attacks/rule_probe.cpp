#include "attacks/rule_probe.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>

#include "aggregation/measuring.hpp"
#include "base/layout.hpp"

namespace zenops {

struct RuleProbe::State {
  std::vector<std::span<const float>> honest;
  std::vector<size_t> places;
  AggregateOptions options;
  RuleChoice choice;
  const Rules* rules;
  std::unique_ptr<const Rule> rule;
  Needs needs;
  Layout layout;
  std::vector<float> zeros;
  const float* trusted = nullptr;
  Products known;  // of the honest rows
  BlockPlan plan;

  size_t dimension() const { return layout.dimension(); }

  /// Whether what is known of the honest rows stays as it is whatever lies beside them: lengths, distances, dot products.
  bool lasts() const { return !needs.signs && !needs.gaps && !needs.sums && needs.draws.sets == 0 && needs.trusted != Trust::median; }

  void each_segment(const std::function<void(size_t, const Segment&)>& body) const {
    const auto& segments = layout.segments();
    if (!options.pool || segments.empty())
      for (size_t s = 0; s < segments.size(); ++s) body(s, segments[s]);
    else
      options.pool->for_each_and_wait(segments.size(), [&](size_t s, int) { body(s, segments[s]); });
  }

  bool lies_at(size_t k) const { return places.empty() ? k >= honest.size() : std::ranges::binary_search(places, k); }

  /// Everything measured once more.
  std::vector<float> afresh(std::span<const std::span<const float>> lies) {
    std::vector<std::span<const float>> all;
    size_t next_honest = 0, next_lie = 0;
    for (size_t k = 0; k < honest.size() + lies.size(); ++k) all.push_back(lies_at(k) ? lies[next_lie++] : honest[next_honest++]);
    auto made = aggregate(*rules, choice, all, options);
    if (!made) return std::vector<float>(dimension());  // so many lies are no numbers that too few rows are left: no update
    plan = std::move(made->plan);
    return std::move(made->row);
  }

  /// Sets of rows, each measured for itself, as aggregate() measures: segments are added up in their order.
  std::vector<Products> measured(const std::vector<std::vector<const float*>>& sets) const {
    std::vector<std::vector<Products>> parts(layout.segments().size());
    each_segment([&](size_t s, const Segment& segment) {
      for (const auto& set : sets)
        parts[s].push_back(measure(from(set, segment.offset), trusted ? trusted + segment.offset : nullptr, segment.size, needs.table));
    });
    std::vector<Products> out;
    for (size_t k = 0; k < sets.size(); ++k) {
      out.push_back(measure(std::vector<const float*>(sets[k].size()), trusted, 0, needs.table));
      for (const auto& part : parts) out[k].add(part[k]);
    }
    return out;
  }
};

RuleProbe::RuleProbe(const Rules& rules, const RuleChoice& choice, std::vector<std::span<const float>> honest,
                     const AggregateOptions& options, std::vector<size_t> places)
    : state_(std::make_unique<State>()) {
  assert(!honest.empty() && std::ranges::is_sorted(places));
  State& s = *state_;
  s.honest = std::move(honest);
  s.places = std::move(places);
  s.options = options;
  s.rules = &rules;
  s.choice = choice;
  s.rule = make_rule(rules, choice);
  s.needs = s.rule->needs();
  s.layout = Layout({{.name = "rows", .shape = {static_cast<int64_t>(s.honest[0].size())}}});
  if (s.needs.trusted == Trust::validator || s.needs.trusted == Trust::previous) {
    if (options.trusted.empty()) s.zeros.resize(std::max<size_t>(1, s.dimension()));
    s.trusted = options.trusted.empty() ? s.zeros.data() : options.trusted.data();
  }
  std::vector<const float*> rows;
  for (const auto& row : s.honest) rows.push_back(row.data());
  if (s.needs.anything() && s.lasts()) s.known = s.measured({rows})[0];
}

RuleProbe::~RuleProbe() = default;

const BlockPlan& RuleProbe::plan() const { return state_->plan; }

std::optional<std::string> RuleProbe::objection(size_t liars) const {
  const State& s = *state_;
  if (s.needs.losses && s.options.descents.empty()) return s.choice.rule.name + " needs a model to evaluate the rows with";
  if (s.needs.trusted == Trust::validator && s.options.trusted.empty() && s.dimension() > 0)
    return s.choice.rule.name + " needs a trusted row";
  return zenops::objection(*s.rules, s.choice, s.honest.size() + liars);
}

std::vector<float> RuleProbe::operator()(std::span<const std::span<const float>> lies) {
  State& s = *state_;
  assert(s.places.empty() || s.places.size() == lies.size());
  const size_t h = s.honest.size(), n = h + lies.size(), d = s.dimension();
  if (!s.lasts()) return s.afresh(lies);

  // Different lies, each once: point h + k is the k-th of them.
  std::vector<const float*> points;
  for (const auto& row : s.honest) points.push_back(row.data());
  std::vector<size_t> entered, position;  // which point each row that enters is, and its index among all n
  size_t next_honest = 0, next_lie = 0;
  for (size_t k = 0; k < n; ++k) {
    if (!s.lies_at(k)) {
      entered.push_back(next_honest++);
      position.push_back(k);
      continue;
    }
    const std::span<const float> lie = lies[next_lie++];
    assert(lie.size() == d);
    auto at = std::find(points.begin() + static_cast<ptrdiff_t>(h), points.end(), lie.data());
    if (at == points.end()) {
      if (!all_finite(lie)) continue;
      at = points.insert(points.end(), lie.data());
    }
    entered.push_back(static_cast<size_t>(at - points.begin()));
    position.push_back(k);
  }

  Geometry geometry{.rows = entered.size(), .blocks = std::vector<Products>(1), .caught = n - entered.size(), .draw = s.options.seed};
  for (const size_t k : position) {
    if (!s.options.counts.empty()) geometry.counts.push_back(s.options.counts[k]);
    if (!s.options.descents.empty()) geometry.descents.push_back(s.options.descents[k]);
  }
  if (s.needs.anything()) {
    // Lie h + k is measured beside every point before it; pairs of honest rows are known.
    std::vector<std::vector<const float*>> sets;
    for (size_t lie = h; lie < points.size(); ++lie) {
      if (!s.needs.table) sets.push_back({points[lie]});
      for (size_t other = 0; s.needs.table && other < lie; ++other) sets.push_back({points[other], points[lie]});
    }
    const std::vector<Products> beside = s.measured(sets);
    const auto with = [&](size_t lie, size_t other) -> const Products& {
      return beside[s.needs.table ? triangle(lie, other) - triangle(h, 0) : lie - h];
    };
    Products& all = geometry.blocks[0];
    all.trusted_squared_norm = s.known.trusted_squared_norm;
    std::vector<double> to_trusted;
    for (const size_t p : entered) {
      const Products& of = p < h ? s.known : with(p, 0);
      const size_t at = p < h ? p : of.rows() - 1;
      all.squared_norms.push_back(of.squared_norms[at]);
      if (s.trusted) all.dots.push_back(of.dots[at]);
      if (s.trusted && s.needs.table) to_trusted.push_back(of.squared_distance(at, of.rows()));
    }
    for (size_t i = 0; s.needs.table && i < entered.size(); ++i)
      for (size_t j = 0; j < i; ++j) {
        const auto [low, high] = std::minmax(entered[i], entered[j]);
        if (low == high) {
          all.distances.push_back(0);
          all.inner.push_back(all.squared_norms[i]);
        } else {
          const Products& of = high < h ? s.known : with(high, low);
          const size_t a = high < h ? high : 1, b = high < h ? low : 0;
          all.distances.push_back(of.squared_distance(a, b));
          all.inner.push_back(of.dot(a, b));
        }
      }
    all.distances.insert(all.distances.end(), to_trusted.begin(), to_trusted.end());
  }

  s.plan = std::move(s.rule->decide(geometry).blocks[0]);
  std::vector<const float*> rows;
  for (const size_t p : entered) rows.push_back(points[p]);
  std::vector<float> out(d);
  s.each_segment([&](size_t, const Segment& segment) {
    combine(s.plan, from(rows, segment.offset), s.trusted ? s.trusted + segment.offset : nullptr, segment.size, out.data() + segment.offset,
            segment.offset);
  });
  return out;
}

}  // namespace zenops
