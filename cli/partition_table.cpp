#include "cli/partition_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cli/report.hpp"
#include "cli/table.hpp"

namespace zenops {
namespace {

constexpr size_t most_lines = 60;

std::vector<uint64_t> count(const Samples& samples, std::span<const uint32_t> part) {
  std::vector<uint64_t> out(samples.classes);
  for (const uint32_t i : part)
    for (uint32_t k = 0; k < samples.labels_each; ++k) ++out[samples.labels[size_t{i} * samples.labels_each + k]];
  return out;
}

double distance(const std::vector<uint64_t>& part, const std::vector<uint64_t>& whole) {
  const auto sum = [](const auto& counts) { return static_cast<double>(std::accumulate(counts.begin(), counts.end(), uint64_t{0})); };
  const double mine = sum(part), all = sum(whole);
  double out = 0;
  for (size_t c = 0; c < part.size(); ++c)
    out += std::abs(static_cast<double>(part[c]) / mine - static_cast<double>(whole[c]) / all) / 2;
  return out;
}

/// The rows that are shown of very many: the first ones, and the validators'.
std::vector<const PartitionTable::Row*> shown(const PartitionTable& table) {
  std::vector<const PartitionTable::Row*> out;
  const size_t workers = table.rows.size() - 1;
  for (size_t r = 0; r < (workers > most_lines ? most_lines - 1 : workers); ++r) out.push_back(&table.rows[r]);
  out.push_back(&table.rows.back());
  return out;
}

std::string every_count(const PartitionTable& table) {
  std::vector<std::vector<std::string>> rows{{"label"}};
  std::vector<size_t> right;
  const size_t labels = table.rows[0].labels.size();
  for (size_t c = 0; c < labels; ++c) rows[0].push_back(std::to_string(c));
  rows[0].push_back("samples");
  for (size_t c = 1; c <= labels + 1; ++c) right.push_back(c);
  for (const auto* row : shown(table)) {
    auto& cells = rows.emplace_back(std::vector{row->name});
    for (const uint64_t n : row->labels) cells.push_back(n == 0 ? "." : std::to_string(n));
    cells.push_back(std::to_string(row->samples));
  }
  return zenops::table(rows, right);
}

std::string most_frequent(const PartitionTable& table) {
  std::vector<std::vector<std::string>> rows{{"", "samples", "labels", "most of"}};
  for (const auto* row : shown(table)) {
    std::vector<size_t> order(row->labels.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater(), [&](size_t c) { return row->labels[c]; });
    const auto present = order.size() - static_cast<size_t>(std::ranges::count(row->labels, uint64_t{0}));
    const double all = static_cast<double>(std::accumulate(row->labels.begin(), row->labels.end(), uint64_t{0}));
    std::string most;
    for (size_t k = 0; k < std::min<size_t>(4, present); ++k)
      most += (k > 0 ? ", " : "") + std::to_string(order[k]) + " (" + percent(static_cast<double>(row->labels[order[k]]) / all) + ")";
    rows.push_back({row->name, std::to_string(row->samples), std::to_string(present), most});
  }
  return zenops::table(rows, {1, 2});
}

size_t width_of(const std::string& text) { return text.find('\n'); }  // the first line is as wide as any: numbers end at the right

}  // namespace

double PartitionTable::mean_distance() const {
  double sum = 0;
  for (size_t r = 0; r + 1 < rows.size(); ++r) sum += rows[r].distance;
  return rows.size() > 1 ? sum / static_cast<double>(rows.size() - 1) : 0;
}

PartitionTable tabulate(const Partition& partition, const Samples& samples) {
  PartitionTable table;
  std::vector<uint32_t> all(samples.count());
  std::iota(all.begin(), all.end(), 0u);
  const auto whole = count(samples, all);
  for (uint32_t k = 0; k <= partition.workers(); ++k) {
    const auto part = partition.part(k);
    PartitionTable::Row row{k < partition.workers() ? "worker/" + std::to_string(k) : "validators", part.size(), count(samples, part)};
    row.distance = distance(row.labels, whole);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string to_text(const PartitionTable& table, size_t width) {
  std::string text = every_count(table);
  if (width_of(text) > width) text = most_frequent(table);
  if (const size_t workers = table.rows.size() - 1; workers > most_lines)
    text += "and " + std::to_string(workers - most_lines + 1) + " workers more; --json has them all\n";
  return text + "workers' labels differ from the whole set's by " + fixed(table.mean_distance(), 3) +
         " in the mean (0: alike, 1: nothing in common)\n";
}

Json to_json(const PartitionTable& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows)
    rows.push_back({{"name", row.name}, {"samples", row.samples}, {"labels", row.labels}, {"distance", row.distance}});
  return {{"parts", std::move(rows)}, {"mean_distance", table.mean_distance()}};
}

CountMap to_map(const PartitionTable& table, std::string title) {
  CountMap map{.title = std::move(title), .across = "label", .columns = {}, .rows = {}, .totals = {}, .values = {}};
  for (size_t c = 0; c < table.rows[0].labels.size(); ++c) map.columns.push_back(std::to_string(c));
  for (const auto& row : table.rows) {
    map.rows.push_back(row.name);
    map.totals.push_back(row.samples);
    map.values.push_back(row.labels);
  }
  return map;
}

}  // namespace zenops
