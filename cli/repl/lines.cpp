#include "cli/repl/lines.hpp"

#include <unistd.h>

#include <cerrno>

namespace zenops::repl {

Lines::End PlainLines::next(std::string& line, bool) {
  while (true) {
    const size_t end = read_.find('\n');
    if (end != std::string::npos || (over_ && !read_.empty())) {
      line = read_.substr(0, end);
      read_.erase(0, end == std::string::npos ? end : end + 1);
      return End::line;
    }
    if (over_) return End::over;
    const bool ready = signals_.input(descriptor_, -1);
    if (signals_.must_leave() != 0) return End::over;
    if (signals_.take_interrupt()) return End::interrupted;
    if (!ready) continue;
    char bytes[4096];
    const ssize_t n = read(descriptor_, bytes, sizeof bytes);
    if (n > 0)
      read_.append(bytes, static_cast<size_t>(n));
    else if (n == 0 || errno != EINTR)
      over_ = true;
  }
}

}  // namespace zenops::repl
