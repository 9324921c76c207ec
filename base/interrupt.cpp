#include "base/interrupt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace zenops {
namespace {

constexpr int interrupted = 130;  // as shells say it of SIGINT

// What a signal handler can reach. The pipe stays open: a handler may be under way when an Interrupt ends.
int ends[2] = {-1, -1};
volatile std::sig_atomic_t asked = 0;

constexpr char stop_byte = 's', end_byte = 'e';

void on_signal(int) {
  if (asked != 0) _exit(interrupted);
  asked = 1;
  const int saved = errno;
  [[maybe_unused]] const ssize_t n = write(ends[1], &stop_byte, 1);
  errno = saved;
}

void handle(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

char next_byte() {
  char byte = end_byte;
  while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {
  }
  return byte;
}

}  // namespace

Interrupt::Interrupt(std::function<void()> stop) {
  if (ends[0] < 0 && pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  asked = 0;
  thread_ = std::thread([stop = std::move(stop)] {
    while (next_byte() == stop_byte) stop();
  });
  handle(on_signal);
}

Interrupt::~Interrupt() {
  handle(SIG_DFL);
  [[maybe_unused]] const ssize_t n = write(ends[1], &end_byte, 1);
  thread_.join();
}

}  // namespace zenops
