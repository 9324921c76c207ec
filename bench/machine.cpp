#include "bench/machine.hpp"

#include <fstream>
#include <sstream>

namespace zenops::bench {
namespace {

/// What stands behind `key` and its colon.
std::optional<std::string> value_of(std::istream& lines, const std::string& key) {
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return std::nullopt;
}

}  // namespace

std::string processor(std::istream& cpuinfo) { return value_of(cpuinfo, "model name").value_or("unknown processor"); }

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  return processor(file);
}

std::optional<uint64_t> available_memory(std::istream& meminfo) {
  const auto text = value_of(meminfo, "MemAvailable");
  uint64_t kilobytes = 0;
  if (!text || !(std::istringstream(*text) >> kilobytes)) return std::nullopt;
  return 1024 * kilobytes;
}

std::optional<uint64_t> available_memory() {
  std::ifstream file("/proc/meminfo");
  return available_memory(file);
}

}  // namespace zenops::bench
