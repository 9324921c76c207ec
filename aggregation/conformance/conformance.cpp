#include "aggregation/conformance/conformance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "aggregation/aggregate.hpp"
#include "aggregation/conformance/oracle.hpp"
#include "base/philox.hpp"

namespace zenops {
namespace {

using Rows = std::vector<std::vector<float>>;

constexpr size_t kUsual = 11, kLiars = 2, kDimension = 37;
constexpr uint64_t kSeed = 7;

std::vector<float> normal_row(uint32_t index, size_t d, float scale = 1) {
  Stream stream({.seed = kSeed, .role = Role::worker, .index = index, .purpose = Purpose::noise});
  std::vector<float> row(d);
  for (float& x : row) x = scale * stream.normal();
  return row;
}

/// n rows around a common direction, so that honest rows look honest.
Rows honest_rows(size_t n, size_t d) {
  const auto direction = normal_row(1000, d);
  Rows rows;
  for (uint32_t k = 0; k < n; ++k) {
    rows.push_back(normal_row(k, d, 0.5f));
    for (size_t i = 0; i < d; ++i) rows[k][i] += direction[i];
  }
  return rows;
}

/// The first row says `lie`, the second half its opposite: where nothing keeps them out, they do not cancel.
Rows with_lies(float lie) {
  Rows rows = honest_rows(kUsual, kDimension);
  std::ranges::fill(rows[0], lie);
  std::ranges::fill(rows[1], -lie / 2);
  return rows;
}

template <class Change>
Rows changed(Change change) {
  Rows rows = honest_rows(kUsual, kDimension);
  for (uint32_t k = 0; k < rows.size(); ++k)
    for (float& x : rows[k]) x = change(k, x);
  return rows;
}

struct Input {
  std::string name;
  Rows rows;
  bool too_few = false;
};

std::vector<Input> inputs(size_t least) {
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  Rows one_nan = honest_rows(kUsual, kDimension), duplicates = honest_rows(kUsual, kDimension);
  one_nan[0][5] = one_nan[1][36] = nan;
  for (const size_t k : {0, 1, 4, 5}) duplicates[k] = duplicates[3];
  return {{"usual", honest_rows(kUsual, kDimension)},
          {"NaN rows", with_lies(nan)},
          {"one NaN", one_nan},
          {"+Inf", changed([](uint32_t k, float x) { return k < kLiars ? inf : x; })},
          {"-Inf", changed([](uint32_t k, float x) { return k < kLiars ? -inf : x; })},
          {"1e38", with_lies(1e38f)},
          {"1e20", with_lies(1e20f)},
          {"denormal", changed([](uint32_t, float x) { return x * 1e-39f; })},
          {"-0", changed([](uint32_t k, float x) { return k < kLiars ? -0.0f : x; })},
          {"all equal", changed([](uint32_t, float) { return 0.375f; })},
          {"duplicates", duplicates},
          {"offset", changed([](uint32_t, float x) { return 1e4f + 1e-3f * x; })},
          {"n = least", honest_rows(least, kDimension)},
          {"n < least", honest_rows(least - 1, kDimension), true},
          {"d = 0", honest_rows(kUsual, 0)},
          {"d = 1", honest_rows(kUsual, 1)},
          {"d = 5001", honest_rows(kUsual, 5001)}};
}

std::string name_of(const RuleChoice& choice) {
  std::string name;
  for (const Choice& pre : choice.pre) name += pre.name + " → ";
  name += choice.rule.name;
  const auto weighted = choice.rule.parameters.find("weighted");
  return weighted != choice.rule.parameters.end() && weighted->second != 0 ? name + ", weighted" : name;
}

std::vector<RuleChoice> choices(const Rules& rules) {
  std::vector<RuleChoice> out;
  const auto choose = [&](const std::string& name) {
    Choice choice{.name = name};
    for (const Parameter& p : rules.find(name)->parameters)
      if (p.name == "f" || p.name == "b") choice.parameters[p.name] = kLiars;
    return choice;
  };
  for (const RuleEntry& entry : rules.entries())
    if (!entry.alone) out.push_back({.rule = choose(entry.name)});
  for (const RuleEntry& entry : rules.entries())
    if (std::ranges::count(entry.parameters, "weighted", &Parameter::name) > 0) {
      out.push_back({.rule = choose(entry.name)});
      out.back().rule.parameters.insert({{"weighted", 1}, {"count_cap", 1.1}});
    }
  const Choice nnm{.name = "nnm"}, arc{.name = "arc"}, clipping{.name = "clipping"}, bucketing{.name = "bucketing"};
  out.push_back({choose("trimmed_mean"), {nnm}});
  out.push_back({choose("trimmed_mean"), {arc, nnm}});
  out.push_back({choose("meamed"), {nnm}});
  out.push_back({choose("geometric_median"), {clipping}});
  out.push_back({choose("centered_clipping"), {bucketing}});
  out.push_back({{.name = "median"}, {{.name = "bucketing", .parameters = {{"s", 3}}}}});
  Choice drawn = choose("dnc");
  drawn.parameters["r"] = 20;
  drawn.parameters["iterations"] = 3;
  out.push_back({drawn, {clipping}});
  out.push_back({drawn, {bucketing}});
  out.push_back({choose("signguard"), {arc}});
  return out;
}

/// The fewest rows that are enough.
size_t least_rows(const Rules& rules, const RuleChoice& choice) {
  size_t n = 1;
  while (objection(rules, choice, n)) ++n;
  return n;
}

std::vector<std::span<const float>> spans(const Rows& rows) { return {rows.begin(), rows.end()}; }

class Table {
 public:
  std::vector<ConformanceCell> fill() {
    for (const RuleChoice& choice : choices(rules_))
      for (const Input& input : inputs(least_rows(rules_, choice)))
        cells_.push_back(cell(with_defaults(rules_, choice), input));
    return std::move(cells_);
  }

 private:
  ConformanceCell cell(const RuleChoice& choice, const Input& input) {
    ConformanceCell cell{.rule = name_of(choice), .input = input.name, .error = {}, .reason = {}, .fault = {}};
    const size_t d = input.rows.empty() ? 0 : input.rows[0].size();
    const auto trusted = near_honest_mean(input.rows, d);
    const Oracle known = oracle(input.rows, trusted);
    const auto lowered = descents(input.rows, trusted);
    AggregateOptions options{.trusted = trusted, .counts = counts_, .descents = lowered, .seed = kSeed};

    const auto rows = spans(input.rows);
    const auto made = aggregate(rules_, choice, rows, options);
    if (!made) {
      cell.reason = made.error().what;
      if (!input.too_few) cell.fault = "refused";
      return cell;
    }
    if (input.too_few) cell.fault = "not refused";
    if (!all_finite(made->row)) cell.fault = "not finite";
    for (const uint32_t shards : {1u, 2u, 3u, 5u}) {
      options.shards = shards;
      options.pool = shards % 2 == 1 ? &pool_ : nullptr;
      if (aggregate(rules_, choice, rows, options)->row != made->row)
        cell.fault = "other bits for " + std::to_string(shards) + " shards";
    }
    cell.error = error(made->row, known.aggregate(choice), known.rows);
    if (!(*cell.error <= kConformanceTolerance)) cell.fault = "not what the formula says";
    return cell;
  }

  /// What the formula sees: the rows without those that hold NaN or Inf.
  Oracle oracle(const Rows& rows, const std::vector<float>& trusted) {
    Oracle out{.trusted = {trusted.begin(), trusted.end()}, .draw = kSeed};
    counts_.clear();
    for (size_t k = 0; k < rows.size(); ++k) {
      counts_.push_back(static_cast<double>(100 + 10 * k));
      if (!all_finite(rows[k])) {
        ++out.caught;
        continue;
      }
      out.rows.emplace_back(rows[k].begin(), rows[k].end());
      out.counts.push_back(counts_.back());
      out.descents.push_back(descent(rows[k], trusted));
    }
    return out;
  }

  static std::vector<float> near_honest_mean(const Rows& rows, size_t d) {
    std::vector<double> mean(d);
    for (size_t k = std::min(kLiars, rows.size() - 1); k < rows.size(); ++k)
      for (size_t i = 0; i < d; ++i)
        mean[i] += 0.9 * rows[k][i] / static_cast<double>(std::max(rows.size(), kLiars + 1) - kLiars);
    return {mean.begin(), mean.end()};
  }

  static double error(const std::vector<float>& got, const std::vector<double>& wanted,
                      const std::vector<std::vector<double>>& rows) {
    double largest = 1e-44;  // of what honest rows say
    for (size_t k = kLiars; k < rows.size(); ++k)
      for (const double x : rows[k]) largest = std::max(largest, std::abs(x));
    double difference = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      // Where lies enter the result, as they do where nothing keeps them out, they are its measure.
      const double measure = std::max(largest, std::abs(wanted[i]));
      difference = std::max(difference, std::abs(got[i] - wanted[i]) / measure);
    }
    return difference;
  }

  const Rules rules_ = Rules::standard();
  Pool pool_{2};
  std::vector<double> counts_;
  std::vector<ConformanceCell> cells_;
};

}  // namespace

std::vector<ConformanceCell> conformance() { return Table().fill(); }

}  // namespace zenops
