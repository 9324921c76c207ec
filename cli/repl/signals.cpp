#include "cli/repl/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/expected.hpp"

namespace zenops::repl {
namespace {

// What a signal handler can reach. The pipe stays open: a handler may be under way when a Signals ends.
int ends[2] = {-1, -1};
volatile std::sig_atomic_t interrupted_once = 0, resized = 0, continued = 0, fatal = 0;

void on_signal(int number) {
  if (number == SIGINT) {
    if (interrupted_once != 0) _exit(130);  // nobody has looked since the last one
    interrupted_once = 1;
  } else if (number == SIGWINCH)
    resized = 1;
  else if (number == SIGCONT)
    continued = 1;
  else if (fatal != 0)
    _exit(128 + number);  // asked twice
  else
    fatal = number;
  const int saved = errno;
  [[maybe_unused]] const ssize_t n = write(ends[1], "s", 1);
  errno = saved;
}

constexpr int handled[] = {SIGINT, SIGHUP, SIGTERM, SIGWINCH, SIGCONT};

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int number : handled) sigaction(number, &action, nullptr);
}

bool take(volatile std::sig_atomic_t& flag) {
  if (flag == 0) return false;
  flag = 0;
  return true;
}

}  // namespace

Signals::Signals() {
  if (ends[0] < 0 && pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  for (auto* flag : {&interrupted_once, &resized, &continued, &fatal}) *flag = 0;
  std::signal(SIGPIPE, SIG_IGN);
  handle(on_signal);
}

Signals::~Signals() { handle(SIG_DFL); }

void Signals::look() {
  if (take(interrupted_once)) interrupt();
  if (fatal != 0) leave(128 + fatal);
  pollfd reader{STDOUT_FILENO, 0, 0};
  if (poll(&reader, 1, 0) != 1 || (reader.revents & POLLERR) == 0) return;
  leave((reader.revents & POLLHUP) != 0 ? 128 + SIGHUP : UserError::cannot_write);  // a terminal that is gone, or a pipe
}

bool Signals::input(int descriptor, int milliseconds) {
  pollfd sources[] = {{descriptor, POLLIN, 0}, {ends[0], POLLIN, 0}};
  const int ready = poll(sources, 2, milliseconds);
  char bytes[64];
  if (ready > 0 && (sources[1].revents & POLLIN) != 0)
    while (read(ends[0], bytes, sizeof bytes) > 0) {
    }
  look();
  return ready > 0 && sources[0].revents != 0;
}

bool Signals::take_resize() { return take(resized); }
bool Signals::take_continue() { return take(continued); }

}  // namespace zenops::repl
