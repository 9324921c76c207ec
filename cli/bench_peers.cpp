#include "cli/bench_peers.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/npy.hpp"

namespace zenops {
namespace {

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// A file for the rows, gone with it.
struct RowsFile {
  explicit RowsFile(const std::vector<float>& rows, size_t n, size_t d)
      : path(std::filesystem::temp_directory_path() / ("zenops-bench-" + std::to_string(getpid()) + ".npy")) {
    write_npy(path, {static_cast<int64_t>(n), static_cast<int64_t>(d)}, rows);
  }
  ~RowsFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  RowsFile(const RowsFile&) = delete;
  const std::filesystem::path path;
};

/// What the script prints.
Peers run(const std::filesystem::path& python, const std::filesystem::path& script, const std::string& arguments) {
  const std::string command = quoted(python.string()) + " " + quoted(script.string()) + " " + arguments + " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> buffer;
  while (pipe && fgets(buffer.data(), buffer.size(), pipe.get())) text += buffer.data();
  const auto said = nlohmann::json::parse(text, nullptr, false);
  Peers out;
  if (said.is_discarded() || !said.contains("peers")) {
    out.missing.push_back(python.string() + " could not run bench/" + script.filename().string());
    return out;
  }
  for (const auto& peer : said["peers"]) out.peers.push_back({peer["name"], peer["seconds"]});
  for (const auto& sentence : said["missing"]) out.missing.push_back(sentence);
  return out;
}

}  // namespace

std::filesystem::path python_for_comparisons() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder = cache && *cache == '/' ? cache : std::filesystem::path(home ? home : "/") / ".cache";
  folder = folder / "zenops" / "python" / "bin" / "python";
  return std::filesystem::exists(folder) ? folder : std::filesystem::path();
}

Peers measure_peers(const std::filesystem::path& python, const std::vector<float>& rows, size_t n, size_t d, size_t f,
                    int threads, int repetitions) {
  const RowsFile file(rows, n, d);
  return run(python, ZENOPS_PEERS,
             quoted(file.path.string()) + " " + std::to_string(repetitions) + " " + std::to_string(threads) + " " + std::to_string(f));
}

Peers measure_ray(const std::filesystem::path& python, double seconds) {
  return run(python, ZENOPS_RAY_PEERS, std::to_string(seconds));
}

}  // namespace zenops
