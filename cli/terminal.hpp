#pragma once
#include <string>

namespace zenops {

/// What a file descriptor leads to, and so how to write to it.
class Terminal {
 public:
  explicit Terminal(int descriptor);
  /// A terminal on which a line can be written again.
  bool interactive() const { return interactive_; }
  int width() const { return width_; }
  /// The text, marked where there are colours (not with NO_COLOR, not in files).
  std::string bold(const std::string& text) const { return marked("1", text); }
  std::string red(const std::string& text) const { return marked("31", text); }

 private:
  std::string marked(const char* code, const std::string& text) const;
  bool interactive_, colours_;
  int width_ = 80;
};

/// Prints each line of `lines` to stderr as a complaint of this program's.
void complain(const std::string& lines);

}  // namespace zenops
