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

/// Bytes by kinds of actors. Thread-safe.
class Traffic {
 public:
  void add(std::string_view from, std::string_view to, uint64_t bytes) {
    std::lock_guard lock(mutex_);
    totals_[kind_of(from)].sent += bytes;
    totals_[kind_of(to)].received += bytes;
  }
  std::map<std::string, Bytes> totals() const {
    std::lock_guard lock(mutex_);
    return totals_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Bytes> totals_;
};

}  // namespace zenops
