#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace zenops {

/// Bytes of messages and their rows, as they would travel between processes.
struct Bytes {
  uint64_t sent = 0, received = 0;
  bool operator==(const Bytes&) const = default;
};

/// What kind of an actor a name is of: "worker" of "worker/3".
inline std::string kind_of(std::string_view name) { return std::string(name.substr(0, name.find('/'))); }

/// Whether it is one of those that make a cluster of processes, or the operator.
inline bool of_the_runtime(std::string_view name) {
  const std::string kind = kind_of(name);
  return kind.empty() || kind == "head" || kind == "node" || kind == "process";
}

/// Bytes by kinds of actors; what the runtime says to itself does not count. Thread-safe.
class Traffic {
 public:
  void add(std::string_view from, std::string_view to, uint64_t bytes) {
    if (of_the_runtime(from) || of_the_runtime(to)) return;
    std::lock_guard lock(mutex_);
    totals_[kind_of(from)].sent += bytes;
    totals_[kind_of(to)].received += bytes;
  }
  /// What actors of another process have sent until now.
  void learn(uint64_t process, std::map<std::string, Bytes> totals) {
    std::lock_guard lock(mutex_);
    elsewhere_[process] = std::move(totals);
  }
  std::map<std::string, Bytes> totals() const {
    std::lock_guard lock(mutex_);
    auto sum = totals_;
    for (const auto& [process, totals] : elsewhere_)
      for (const auto& [kind, bytes] : totals) {
        sum[kind].sent += bytes.sent;
        sum[kind].received += bytes.received;
      }
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Bytes> totals_;
  std::map<uint64_t, std::map<std::string, Bytes>> elsewhere_;
};

}  // namespace zenops
