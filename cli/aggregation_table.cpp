#include "cli/aggregation_table.hpp"

#include <algorithm>
#include <map>

#include "bench/figure.hpp"
#include "bench/machine.hpp"
#include "cli/command.hpp"
#include "cli/table.hpp"

namespace zenops {
namespace {

using bench::AggregationResult;
using bench::Bar;

std::string threads_text(int threads) { return std::to_string(threads) + (threads == 1 ? " thread" : " threads"); }

std::string unit(const Bar& bar) { return bar.of == Bar::Of::reads ? "reads" : "roof"; }

/// "1.2", "2".
std::string plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

/// "✓ aim", "✓", "misses 1.2".
std::string verdict(const AggregationResult& r) {
  if (!r.bar) return "";
  return !r.met() ? "misses " + plain(r.bar->most) : r.aim_met() ? "✓ aim" : "✓";
}

/// Of a result or a peer.
template <class Measured>
std::string inputs_text(const Measured& m) {
  return "n = " + std::to_string(m.rows) + ", d = " + std::to_string(m.dimension) + ", " + threads_text(m.threads);
}

std::string gigabytes_a_second(const AggregationResult& r) {
  return fixed(static_cast<double>(r.rows * r.coordinates) * sizeof(float) / r.read_seconds / 1e9, 1) + " GB/s";
}

/// The bar, what is measured by it, and by how much it is missed.
std::string missed_line(const AggregationResult& r) {
  return r.name + ", " + inputs_text(r) + ": " + fixed(r.value(), 2) +
         (r.bar->of == Bar::Of::reads ? " reads" : " of its roof") + ", bar " + plain(r.bar->most) + "; " + why(r);
}

bool by_others(const std::string& name) { return name.find(" by ") != std::string::npos; }

/// What they are called, each once, in the order in which they come.
template <class Items, class Of>
auto each_once(const Items& items, Of of) {
  std::vector<std::decay_t<decltype(of(*items.begin()))>> out;
  for (const auto& item : items)
    if (std::ranges::find(out, of(item)) == out.end()) out.push_back(of(item));
  return out;
}

std::string markdown_rows(const std::vector<std::vector<std::string>>& rows) {
  std::string out;
  for (const auto& cells : rows) {
    out += "|";
    for (const auto& cell : cells) out += " " + cell + " |";
    out += "\n";
    if (&cells != &rows.front()) continue;
    out += "|---|";
    for (size_t k = 1; k < cells.size(); ++k) out += "---:|";
    out += "\n";
  }
  return out;
}

/// "1.04 aim (3.21 ms)", "1.33 ✗ (12 ms)".
std::string cell(const AggregationResult& r) {
  std::string out = fixed(r.value(), 2);
  if (r.bar) out += !r.met() ? " ✗" : r.aim_met() ? " ✓ aim" : " ✓";
  if (r.unreliable()) out += " ?";
  return out + " (" + bench::in_time(r.seconds) + ")";
}

/// One dimension and number of threads, ours.
std::string panel_markdown(const AggregationTable& table, size_t d, int threads) {
  std::vector<const AggregationResult*> here;
  for (const auto& r : table.results)
    if (r.dimension == d && r.threads == threads && !by_others(r.name)) here.push_back(&r);
  const auto columns = each_once(here, [](const AggregationResult* r) { return r->rows; });
  std::vector<std::vector<std::string>> rows{{"", "measured in"}};
  for (const size_t n : columns) rows[0].push_back("n = " + std::to_string(n));
  for (const auto& name : each_once(here, [](const AggregationResult* r) { return r->name; })) {
    auto& cells = rows.emplace_back(std::vector<std::string>{"`" + name + "`", ""});
    for (const size_t n : columns) {
      const auto at = std::ranges::find_if(here, [&](const auto* r) { return r->name == name && r->rows == n; });
      cells.push_back(at == here.end() ? "–" : cell(**at));
      if (at != here.end() && (*at)->bar) cells[1] = unit(*(*at)->bar);
    }
    if (cells[1].empty()) cells[1] = "roof";
  }
  return "d = " + std::to_string(d) + ", " + threads_text(threads) + ":\n\n" + markdown_rows(rows) + "\n";
}

std::string peers_markdown(const AggregationTable& table) {
  std::vector<std::vector<std::string>> rows{{"", "n", "d", "threads", "time", "beside ours"}};
  const auto add = [&](const std::string& name, size_t n, size_t d, int threads, double seconds,
                       const std::string& ratio) {
    rows.push_back({"`" + name + "`", std::to_string(n), std::to_string(d), std::to_string(threads),
                    bench::in_time(seconds), ratio});
  };
  for (const auto& p : table.peers)
    add(p.name, p.rows, p.dimension, p.threads, p.seconds, fixed(p.times_ours(), 1) + " × ours");
  for (const auto& r : table.results)
    if (by_others(r.name))
      add(r.name, r.rows, r.coordinates, r.threads, r.seconds, fixed(r.ratio(), 1) + " × the roof");
  return rows.size() == 1 ? "" : "What others take:\n\n" + markdown_rows(rows) + "\n";
}

Json to_json(const bench::Phase& p) {
  return {{"name", p.name},
          {"seconds", p.seconds},
          {"memory_seconds", p.memory_seconds},
          {"arithmetic_seconds", p.arithmetic_seconds}};
}

Json to_json(const AggregationResult& r) {
  Json phases = Json::array();
  for (const auto& phase : r.phases) phases.push_back(to_json(phase));
  Json out{{"name", r.name},
           {"rows", r.rows},
           {"dimension", r.dimension},
           {"coordinates", r.coordinates},
           {"threads", r.threads},
           {"seconds", r.seconds},
           {"roof_seconds", r.roof_seconds()},
           {"ratio", r.ratio()},
           {"bound", r.bound()},
           {"reads", r.reads()}};
  if (r.bar)
    out.update({{"measure", unit(*r.bar)},
                {"value", r.value()},
                {"bar", r.bar->most},
                {"aim", r.bar->aim},
                {"met", r.met()},
                {"aim_met", r.aim_met()}});
  out.update({{"phases", std::move(phases)}, {"spread", r.spread}, {"unreliable", r.unreliable()}});
  return out;
}

/// The same in both panels; whole rules, which have strokes of their own, share colours with single passes that nobody
/// else has.
size_t colour_of(const std::string& name) {
  static const std::map<std::string, size_t> colours = {{"average", 0},
                                                        {"median", 1},
                                                        {"trimmed_mean", 2},
                                                        {"meamed", 3},
                                                        {"distances", 4},
                                                        {"phocas", 5},
                                                        {"zeno scores", 6},
                                                        {"krum", 5},
                                                        {"multi_krum", 6},
                                                        {"geometric_median", 7},
                                                        {"centered_clipping", 8},
                                                        {"nnm + trimmed_mean", 0},
                                                        {"bulyan", 1},
                                                        {"fltrust", 2},
                                                        {"zeno", 3}};
  const auto at = colours.find(name);
  return at == colours.end() ? 0 : at->second;
}

/// The rule of a peer's name, and how a peer is drawn.
std::string rule_of(const std::string& name) { return name.substr(0, name.find(" by ")); }

Ratios::Stroke stroke_of(const std::string& peer) {
  if (peer.ends_with("ByzFL")) return Ratios::Stroke::mixed;
  if (peer.ends_with("nth_element")) return Ratios::Stroke::wide;
  return peer.find(" by torch") != std::string::npos ? Ratios::Stroke::dotted : Ratios::Stroke::dashed;
}

}  // namespace

const AggregationResult* AggregationTable::beside(const std::string& peer, size_t n, size_t d, int threads) const {
  const auto at = std::ranges::find_if(results, [&](const auto& r) {
    return r.name == rule_of(peer) && r.rows == n && r.dimension == d && r.threads == threads;
  });
  return at == results.end() ? nullptr : &*at;
}

std::vector<const AggregationResult*> AggregationTable::missed() const {
  std::vector<const AggregationResult*> out;
  for (const auto& r : results)
    if (!r.met()) out.push_back(&r);
  return out;
}

std::string to_text(const std::vector<AggregationResult>& group) {
  std::vector<std::vector<std::string>> rows{{"", "time", "× roof", "bound", "reads", "bar", ""}};
  for (const auto& r : group) {
    std::string remark = verdict(r);
    const auto remarked = [&](const std::string& more) { remark += (remark.empty() ? "" : ", ") + more; };
    if (r.unreliable()) remarked("unreliable: a probe varied");
    if (r.coordinates != r.dimension) remarked("on d = " + std::to_string(r.coordinates));
    rows.push_back({r.name, bench::in_time(r.seconds), fixed(r.ratio(), 2), r.bound(), fixed(r.reads(), 2),
                    r.bar ? plain(r.bar->most) + " " + unit(*r.bar) : "", remark});
  }
  return inputs_text(group.front()) + ", the rows read at " + gigabytes_a_second(group.front()) + "\n" +
         table(rows, {1, 2, 4});
}

std::string to_text(const AggregationPeer& p) {
  return p.name + ", " + inputs_text(p) + ": " + bench::in_time(p.seconds) + ", " + fixed(p.times_ours(), 1) + " × ours\n";
}

std::string missed_text(const AggregationTable& table) {
  const auto barred = std::ranges::count_if(table.results, [](const auto& r) { return r.bar.has_value(); });
  const auto missed = table.missed();
  std::string out = std::to_string(missed.size()) + " of " + std::to_string(barred) + " miss their bar" +
                    (missed.empty() ? "" : ":") + "\n";
  for (const auto* r : missed) out += "  " + missed_line(*r) + "\n";
  return out;
}

Json to_json(const AggregationTable& table) {
  Json out{{"version", version_line()}, {"processor", bench::processor()}, {"results", Json::array()},
           {"peers", Json::array()},    {"missing", table.missing},        {"missed", Json::array()}};
  for (const auto& r : table.results) out["results"].push_back(to_json(r));
  for (const auto& p : table.peers)
    out["peers"].push_back({{"name", p.name},
                            {"rows", p.rows},
                            {"dimension", p.dimension},
                            {"threads", p.threads},
                            {"seconds", p.seconds},
                            {"times_ours", p.times_ours()},
                            {"ratio", p.seconds / p.roof}});
  for (const auto* r : table.missed())
    out["missed"].push_back({{"name", r->name},
                             {"rows", r->rows},
                             {"dimension", r->dimension},
                             {"threads", r->threads},
                             {"measure", unit(*r->bar)},
                             {"value", r->value()},
                             {"bar", r->bar->most},
                             {"bound", r->bound()},
                             {"reason", why(*r)}});
  return out;
}

std::string to_markdown(const AggregationTable& table) {
  std::string out = "On " + bench::processor() + ", " + version_line() + ".\n\n";
  for (const size_t d : each_once(table.results, [](const auto& r) { return r.dimension; }))
    for (const int threads : each_once(table.results, [](const auto& r) { return r.threads; }))
      out += panel_markdown(table, d, threads);
  const auto missed = table.missed();
  if (missed.empty() && !table.results.empty()) out += "Every bar is met.\n\n";
  if (!missed.empty()) out += "Bars that are missed, and why:\n\n";
  for (const auto* r : missed) out += "- " + missed_line(*r) + "\n";
  if (!missed.empty()) out += "\n";
  out += peers_markdown(table);
  for (const auto& sentence : table.missing) out += "Not measured: " + sentence + ".\n";
  return out;
}

Ratios to_ratios(const AggregationTable& table) {
  Ratios out{.across = "n, the number of rows", .up = "time ÷ its roof"};
  if (table.results.empty()) return out;
  const size_t d = table.results.front().dimension;
  const int threads = std::ranges::max_element(table.results, {}, &AggregationResult::threads)->threads;
  // name → points; ours apart from others'.
  std::vector<std::pair<std::string, std::vector<std::pair<double, double>>>> lines;
  const auto add = [&](const std::string& name, size_t n, double ratio) {
    auto at = std::ranges::find(lines, name, &decltype(lines)::value_type::first);
    if (at == lines.end()) at = lines.insert(at, {name, {}});
    at->second.emplace_back(static_cast<double>(n), ratio);
    if (std::ranges::find(out.marks, static_cast<double>(n)) == out.marks.end())
      out.marks.push_back(static_cast<double>(n));
  };
  std::map<std::string, bool> whole;  // rule → it measures, decides and combines
  for (const auto& r : table.results)
    if (r.dimension == d && r.threads == threads) {
      add(r.name, r.rows, r.ratio());
      if (!by_others(r.name)) whole[r.name] = r.phases.size() > 1;
    }
  for (const auto& p : table.peers)
    if (p.dimension == d && p.threads == threads) add(p.name, p.rows, p.seconds / p.roof);
  std::ranges::sort(out.marks);
  Ratios::Panel others{.title = "beside others", .lines = {}}, ours{.title = "ours alone", .lines = {}};
  for (auto& line : lines) std::ranges::sort(line.second);
  for (const auto& [name, points] : lines) {
    if (by_others(name)) continue;
    const size_t colour = colour_of(name);
    ours.lines.push_back({name, colour, whole[name] ? Ratios::Stroke::dashed : Ratios::Stroke::solid, points});
    const auto of_it = [&rule = name](const auto& line) { return line.first != rule && rule_of(line.first) == rule; };
    if (std::ranges::none_of(lines, of_it)) continue;
    others.lines.push_back({name, colour, Ratios::Stroke::solid, points});
    for (const auto& line : lines)
      if (of_it(line)) others.lines.push_back({line.first, colour, stroke_of(line.first), line.second});
  }
  for (auto& panel : {&others, &ours})
    if (!panel->lines.empty()) out.panels.push_back(*panel);
  out.title = "Aggregation beside the machine's roof: d = " + std::to_string(d) + ", " + threads_text(threads) + ", " +
              bench::processor();
  return out;
}

}  // namespace zenops
