#include "bench/figure.hpp"

#include <cstdio>

namespace zenops::bench {
namespace {

std::string digits(double value, const char* unit) {
  char out[64];
  std::snprintf(out, sizeof out, value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, unit);
  return out;
}

Figure ratio(std::string name, std::string unit, Quartiles value, const std::string& bound, const Beside& beside,
             std::optional<Figure::Target> target) {
  return {std::move(name),
          std::move(unit),
          value,
          target,
          in_time(beside.ours) + "; " + bound + ": " + in_time(beside.bound),
          beside.bound_varies,
          beside.ours};
}

}  // namespace

std::string in_time(double seconds) {
  if (seconds < 1e-6) return digits(seconds * 1e9, "ns");
  if (seconds < 1e-3) return digits(seconds * 1e6, "µs");
  if (seconds < 1) return digits(seconds * 1e3, "ms");
  return digits(seconds, "s");
}

Figure times(std::string name, const std::string& bound, const Beside& beside, std::optional<Figure::Target> target) {
  return ratio(std::move(name), "× the time of " + bound, beside.ratio, bound, beside, target);
}

Figure share(std::string name, const std::string& bound, const Beside& beside, std::optional<Figure::Target> target) {
  const Quartiles& q = beside.ratio;
  return ratio(std::move(name), "of the speed of " + bound, {1 / q.high, 1 / q.median, 1 / q.low}, bound, beside,
               target);
}

}  // namespace zenops::bench
