#include "bench/aggregation_result.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

namespace zenops::bench {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

/// What else takes long, and may not run beside what is the longest.
constexpr double kNotable = 0.5;

std::string possessive(const std::string& plural) { return plural + (plural.ends_with("s") ? "'" : "'s"); }

std::string of_its_roof(const Phase& phase) {
  const std::string memory = phase.writes ? "read its rows and write one" : "read its rows";
  const double memory_share = phase.memory_seconds / phase.roof_seconds(),
               arithmetic_share = phase.arithmetic_seconds / phase.roof_seconds();
  const std::string ratio = number(phase.seconds / phase.roof_seconds());
  if (phase.bound() == "arithmetic")
    return "arithmetic: " + ratio + " of its " + possessive(phase.operations) + " time" +
           (memory_share > kNotable ? "; to " + memory + " alone takes " + number(memory_share) + " of that" : "");
  return "memory: " + ratio + " of the time to " + memory +
         (arithmetic_share > kNotable
              ? "; its " + phase.operations + " alone take " + number(arithmetic_share) + " of that"
              : "");
}

/// Where most of the time went that the bar does not allow for: beyond the roof, or beyond moving the memory.
const Phase& slowest(const AggregationResult& result) {
  const bool reads = result.bar && result.bar->of == Bar::Of::reads;
  return *std::ranges::max_element(
      result.phases, {}, [reads](const Phase& p) { return p.seconds - (reads ? p.memory_seconds : p.roof_seconds()); });
}

}  // namespace

std::optional<Bar> bar_of(const std::string& name, size_t rows) {
  static const std::set<std::string> one_pass = {"average", "median", "trimmed_mean", "meamed", "phocas"};
  if (rows > 100) return std::nullopt;
  if (one_pass.contains(name)) return rows <= 50 ? Bar{Bar::Of::roof, 1.2, 1.05} : Bar{Bar::Of::roof, 1.4, 1.15};
  if (name == "distances")
    return rows <= 15   ? Bar{Bar::Of::roof, 1.2, 1.1}
           : rows <= 50 ? Bar{Bar::Of::roof, 1.5, 1.25}
                        : Bar{Bar::Of::roof, 1.6, 1.3};
  if (name == "zeno scores") return Bar{Bar::Of::reads, 1.1, 1.1};
  if (name == "geometric_median" || name == "centered_clipping") return Bar{Bar::Of::reads, 2.5, 2.1};
  if (name == "nnm + trimmed_mean" && rows <= 15) return Bar{Bar::Of::reads, 3, 2.2};
  if (name == "bulyan") return Bar{Bar::Of::roof, 1.5, 1.2};
  return std::nullopt;
}

double Phase::roof_seconds() const { return std::max(memory_seconds, arithmetic_seconds); }

std::string Phase::bound() const { return arithmetic_seconds > memory_seconds ? "arithmetic" : "memory"; }

double AggregationResult::roof_seconds() const {
  double sum = 0;
  for (const Phase& phase : phases) sum += phase.roof_seconds();
  return sum;
}

std::string AggregationResult::bound() const {
  return std::ranges::max_element(phases, {}, &Phase::roof_seconds)->bound();
}

std::string why(const AggregationResult& result) {
  if (result.unreliable()) return "unreliable: a probe varied by " + number(result.spread) + " of its median";
  const Phase& phase = slowest(result);
  if (result.phases.size() == 1) return of_its_roof(phase);
  std::string out =
      phase.name + (phase.roof_seconds() > 0 ? ", " + of_its_roof(phase) : ", which reads nothing") + "; ";
  for (const Phase& p : result.phases)
    out += (&p == &result.phases.front() ? "" : " + ") + p.name + " " + number(p.seconds / result.read_seconds);
  return out + " reads, roof " + number(result.roof_seconds() / result.read_seconds);
}

}  // namespace zenops::bench
