#pragma once
#include <sys/wait.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/fd.hpp"

extern "C" {  // glibc 2.36 forgot to say so
#include <sys/pidfd.h>
}

/// What a daemon and its nursery say to each other through a socket, and what both need. See runtime/nursery.hpp.
namespace zenops::nursery {

/// The nursery's end of the socket.
inline constexpr int socket_fd = 3;

enum class Kind : uint64_t {
  job,      // daemon → nursery, first of all
  start,    // daemon → nursery
  signal,   // daemon → nursery: the number, in decimal
  ready,    // nursery → daemon: it is prepared
  failed,   // nursery → daemon: it is not; why
  started,  // nursery → daemon: the process's id in decimal, with its pidfd
  said,     // nursery → daemon: a line
  ended,    // nursery → daemon: how
};

struct Frame {
  Kind kind;
  uint64_t process;
  std::string body;
};

/// The head of a frame as it is sent; the body's bytes follow.
std::string head(Kind kind, uint64_t process, size_t size);

/// Sends the whole frame, and `fd` with it if there is one; waits while the socket is full. False when the other end is
/// gone.
bool send(int socket, Kind kind, uint64_t process, std::string_view body = {}, int fd = -1);

/// Makes frames of what comes.
class Inbox {
 public:
  enum class State { open, closed };
  /// Takes what has come, without waiting.
  State receive(int socket);
  std::optional<Frame> next();
  /// The file descriptor that came with the frame that next() returned last; for Kind::started.
  Fd take_fd();

 private:
  std::string bytes_;
  size_t at_ = 0;  // bytes before it have been returned
  std::deque<Fd> fds_;
};

/// Cuts into lines what comes piece by piece.
class Lines {
 public:
  using Each = std::function<void(const std::string& line)>;
  void add(std::string_view bytes, const Each& each);
  /// What has no line's end yet is a line.
  void end(const Each& each);
  /// Adds what can be read without waiting, up to `most` bytes. False at the end.
  bool read(int fd, const Each& each, size_t most = 1 << 16);

 private:
  std::string line_;
};

/// "ended with exit code 3", "was killed by signal 9 (Killed)".
std::string how_it_ended(const siginfo_t& info);

}  // namespace zenops::nursery
