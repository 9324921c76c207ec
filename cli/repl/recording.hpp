#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zenops::repl {

/// A session as a script that makes the same run again: its orders, each before the round from which it counted.
class Recording {
 public:
  /// An order that counts from that round on.
  void order(uint32_t round, const std::string& text);
  /// What was said when `round` was the last that was done. `training`: while another was under way, so that it may
  /// come earlier or later the next time.
  void at(uint32_t round, bool training, const std::string& text);
  /// Something that belongs to no round.
  void anytime(const std::string& text) { add(text); }

  /// From now on there is a file of it: of everything so far too, or only of what follows. Throws UserError, also when there
  /// is one already.
  void write_to(const std::filesystem::path& file, bool from_now);
  /// How the run went on after the last order: to its end, or no further than that round.
  void close(std::optional<uint32_t> stopped_after);
  /// The script.
  std::string text() const { return text(first_); }

 private:
  std::string text(size_t first) const;
  void until(uint32_t round);
  void add(const std::string& line);
  std::vector<std::string> lines_;
  uint32_t stands_ = 0;  // the last round that is done where the script has come to
  std::string end_ = "resume";
  std::filesystem::path file_;  // empty: there is none
  size_t first_ = 0;            // of the lines that are in the file
};

}  // namespace zenops::repl
