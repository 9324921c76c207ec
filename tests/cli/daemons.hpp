#pragma once
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

namespace zenops {

/// A port that nobody listens at. Of those that the system gives nobody by itself: it could be gone again before it is used, and while
/// whoever listens there begins anew. Tests that run at the same time begin to look at different ones.
inline uint16_t free_port() {
  static int next = getpid();
  for (int tries = 0; tries < 1000; ++tries) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto port = static_cast<uint16_t>(10'000 + 7 * next++ % 20'000);
    address.sin_port = htons(port);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (free) return port;
  }
  throw std::runtime_error("no port is free");
}

/// Within a minute. Other processes' doings: there is nothing else to wait on.
template <class Condition>
bool eventually(Condition condition) {
  for (int k = 0; k < 3000; ++k) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

/// That process and all that it has started, and they.
inline std::set<pid_t> family(pid_t pid) {
  std::set<pid_t> all{pid};
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream children(task.path() / "children");
    for (pid_t child; children >> child;) all.merge(family(child));
  }
  return all;
}

inline bool all_gone(const std::set<pid_t>& pids) {
  for (const pid_t pid : pids) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    if (!text.empty() && text[text.rfind(')') + 2] != 'Z') return false;
  }
  return true;
}

}  // namespace zenops
