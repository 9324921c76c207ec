#pragma once
#include <array>
#include <atomic>
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
inline std::string_view kind_of(std::string_view name) { return name.substr(0, name.find('/')); }

/// Whether it is one of those that make a cluster of processes, or the operator.
inline bool of_the_runtime(std::string_view name) {
  const std::string_view kind = kind_of(name);
  return kind.empty() || kind == "head" || kind == "node" || kind == "process";
}

/// Bytes by kinds of actors; what the runtime says to itself does not count. Thread-safe.
class Traffic {
 public:
  /// What actors of one kind have sent and were sent. Each thread counts in a place of its own, as far as there are
  /// enough.
  class Kind {
   private:
    friend class Traffic;
    struct alignas(64) Place {
      std::atomic<uint64_t> sent = 0, received = 0;
    };
    Place& mine() { return places_[this_thread() % places_.size()]; }
    static size_t this_thread() {
      static std::atomic<size_t> threads = 0;
      thread_local const size_t number = threads++;
      return number;
    }
    std::array<Place, 4> places_;
  };
  /// Of the actor of that name; null when it does not count. Valid as long as this.
  Kind* kind(std::string_view name) {
    if (of_the_runtime(name)) return nullptr;
    std::lock_guard lock(mutex_);
    const auto kind = kind_of(name);
    const auto i = kinds_.find(kind);
    return i != kinds_.end() ? &i->second : &kinds_[std::string(kind)];
  }
  static void add(Kind* from, Kind* to, uint64_t bytes) {
    if (!from || !to) return;
    from->mine().sent.fetch_add(bytes, std::memory_order_relaxed);
    to->mine().received.fetch_add(bytes, std::memory_order_relaxed);
  }
  /// What actors of another process have sent until now.
  void learn(uint64_t process, std::map<std::string, Bytes> totals) {
    std::lock_guard lock(mutex_);
    elsewhere_[process] = std::move(totals);
  }
  /// Of all that has been sent or received.
  std::map<std::string, Bytes> totals() const {
    std::lock_guard lock(mutex_);
    std::map<std::string, Bytes> sum;
    for (const auto& [name, kind] : kinds_) {
      Bytes bytes;
      for (const auto& place : kind.places_) {
        bytes.sent += place.sent.load(std::memory_order_relaxed);
        bytes.received += place.received.load(std::memory_order_relaxed);
      }
      if (bytes != Bytes{}) sum[name] = bytes;
    }
    for (const auto& [process, totals] : elsewhere_)
      for (const auto& [kind, bytes] : totals) {
        sum[kind].sent += bytes.sent;
        sum[kind].received += bytes.received;
      }
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Kind, std::less<>> kinds_;
  std::map<uint64_t, std::map<std::string, Bytes>> elsewhere_;
};

}  // namespace zenops
