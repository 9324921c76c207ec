#pragma once
#include <functional>
#include <thread>

namespace zenops {

/// While it lives, the first Ctrl-C (or SIGTERM) calls `stop` on a thread of its own, and the second ends the process
/// at once with 130. One at a time: signals belong to the process.
class Interrupt {
 public:
  explicit Interrupt(std::function<void()> stop);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;

 private:
  std::thread thread_;
};

}  // namespace zenops
