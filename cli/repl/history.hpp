#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace zenops::repl {

/// What was typed in earlier shells, a statement a line, the newest last. Several shells add to one file. What cannot
/// be read or written is not there: nobody stops working for a history.
class HistoryFile {
 public:
  explicit HistoryFile(std::filesystem::path path) : path_(std::move(path)) {}
  /// zenops/history in $XDG_STATE_HOME, or in ~/.local/state.
  static std::filesystem::path usual_path();
  /// The newest of them; those before are taken out of the file.
  std::vector<std::string> load() const;
  void add(const std::string& statement) const;

 private:
  std::filesystem::path path_;  // empty: there is none
};

}  // namespace zenops::repl
