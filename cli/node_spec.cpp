#include "cli/node_spec.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

#include "base/pool.hpp"
#include "configs/document.hpp"

namespace zenops {
namespace {

constexpr const char* example = "a:cores=8,gpu=2,memory=64G";

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw UserError(UserError::bad_config, "node \"" + legible(text) + "\": " + why);
}

/// A number ≥ 0, and what stands behind it.
std::pair<double, std::string> number(const std::string& text, const std::string& key, const std::string& value) {
  double n = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
  if (error != std::errc() || !std::isfinite(n) || n < 0)
    refuse(text, key + ": found \"" + legible(value) + "\", expected a number ≥ 0");
  return {n, std::string(end, value.data() + value.size())};
}

double plain(const std::string& text, const std::string& key, const std::string& value) {
  const auto [n, rest] = number(text, key, value);
  if (!rest.empty() || n > 1e9)
    refuse(text, key + ": found \"" + legible(value) + "\", expected a number ≥ 0 and ≤ 1e9");
  return n;
}

uint64_t memory(const std::string& text, const std::string& key, const std::string& value) {
  const auto [n, rest] = number(text, key, value);
  constexpr const char* units = "KMGT";
  const char* unit = rest.size() == 1 ? std::strchr(units, rest[0]) : nullptr;
  if ((!rest.empty() && unit == nullptr) || n > 1e15)
    refuse(text, key + ": found \"" + legible(value) + "\", expected bytes, or a number with K, M, G or T");
  return static_cast<uint64_t>(std::ldexp(n, unit ? 10 * static_cast<int>(unit - units + 1) : 0));
}

}  // namespace

NodeSpec read_node(const std::string& text) {
  const size_t colon = text.find(':');
  NodeSpec node{.name = text.substr(0, colon), .host = text.substr(0, colon)};
  if (node.name.empty() || colon == std::string::npos)
    refuse(text, std::string("expected a name and what it has, like ") + example);
  uint64_t of_each_gpu = 0;
  for (size_t begin = colon + 1; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    begin = end + 1;
    const size_t equals = part.find('=');
    if (equals == 0 || equals == std::string::npos)
      refuse(text, "found \"" + legible(part) + "\", expected key=value, like " + example);
    const std::string key = part.substr(0, equals), value = part.substr(equals + 1);
    if (key == "host") {
      node.host = value;
    } else if (key == "cores") {
      node.cores = plain(text, key, value);
    } else if (key == "memory") {
      node.memory = memory(text, key, value);
    } else if (key == "gpu_memory") {
      of_each_gpu = memory(text, key, value);
    } else if (key == "gpu" || key == "gpus") {
      const double count = plain(text, key, value);
      if (count != std::floor(count) || count > 1024)
        refuse(text, key + ": found " + value + ", expected a whole number ≤ 1024");
      node.gpus.clear();
      for (int g = 0; g < count; ++g) node.gpus.emplace_back(g);
    } else {
      node.custom[key] = plain(text, key, value);
    }
  }
  for (Gpu& gpu : node.gpus) gpu.memory = of_each_gpu;
  return node;
}

std::vector<NodeSpec> read_nodes(const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  std::vector<NodeSpec> nodes;
  std::string line;
  while (std::getline(file, line)) {
    line = line.substr(0, line.find('#'));
    const size_t first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
    if (first != std::string::npos) nodes.push_back(read_node(line.substr(first, last - first + 1)));
  }
  if (!file.eof()) throw UserError(UserError::bad_config, path + ": cannot read: " + std::strerror(errno));
  if (nodes.empty()) throw UserError(UserError::bad_config, path + ": found no nodes, expected lines like " + example);
  return nodes;
}

}  // namespace zenops
