#include "cli/repl/history.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "cli/output_file.hpp"

namespace zenops::repl {
namespace {

constexpr size_t kept = 1000;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::filesystem::path HistoryFile::usual_path() {
  std::filesystem::path state = variable("XDG_STATE_HOME");
  if (!state.is_absolute()) {  // a relative path counts as none
    const std::filesystem::path home = variable("HOME");
    if (!home.is_absolute()) return {};
    state = home / ".local" / "state";
  }
  return state / "zenops" / "history";
}

std::vector<std::string> HistoryFile::load() const {
  std::vector<std::string> lines;
  std::ifstream file(path_, std::ios::binary);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.size() <= 2 * kept) return lines;
  lines.erase(lines.begin(), lines.end() - kept);
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  try {
    OutputFile::replace(path_, text);
  } catch (const std::exception&) {  // it stays long
  }
  return lines;
}

void HistoryFile::add(const std::string& statement) const {
  if (path_.empty() || statement.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(path_.parent_path(), error);
  const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  std::string line = statement;
  std::ranges::replace(line, '\n', ' ');
  line += '\n';
  [[maybe_unused]] const ssize_t n = write(file, line.data(), line.size());
  close(file);
}

}  // namespace zenops::repl
