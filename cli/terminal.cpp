#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string_view>

namespace zenops {
namespace {

bool set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Terminal::Terminal(int descriptor) {
  const char* term = std::getenv("TERM");
  interactive_ = isatty(descriptor) == 1 && term != nullptr && std::string_view(term) != "dumb";
  colours_ = interactive_ && !set("NO_COLOR");
  winsize size{};
  if (interactive_ && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) width_ = size.ws_col;
}

std::string Terminal::marked(const char* code, const std::string& text) const {
  return colours_ ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
}

void complain(const std::string& lines) {
  const Terminal terminal(STDERR_FILENO);
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) std::cerr << terminal.red("zenops-cli:") << " " << line << "\n";
}

}  // namespace zenops
