#include "cli/repl/watch.hpp"

#include "cli/cluster_report.hpp"
#include "runtime/behavior.hpp"

namespace zenops::repl {

bool means(const std::string& pattern, const std::string& name) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

Watch::Watch(std::string pattern, wire::Report::Reader report) : pattern_(std::move(pattern)) { look(report); }

std::vector<std::string> Watch::look(wire::Report::Reader report) {
  std::vector<std::string> lines;
  for (const auto actor : in_order(report.getActors())) {
    const std::string name = actor.getName();
    if (!means(pattern_, name)) continue;
    const Seen now{actor.getIncarnation(), std::string_view(actor.getState().cStr()) == "up"};
    Seen& before = seen_[name];
    const bool other = now.incarnation != before.incarnation;
    if (before.up && (other || !now.up))
      lines.push_back(to_string(Address{name, before.incarnation}) + " down: " + actor.getCause().cStr());
    const uint32_t missed = now.incarnation > before.incarnation + 1 ? now.incarnation - before.incarnation - 1 : 0;
    if (missed > 0 && before.incarnation > 0) lines.push_back(name + ": lives in between: " + std::to_string(missed));
    if (now.up && (other || !before.up)) lines.push_back(to_string(Address{name, now.incarnation}) + " up");
    before = now;
  }
  return lines;
}

}  // namespace zenops::repl
