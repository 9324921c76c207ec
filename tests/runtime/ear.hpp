#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace zenops {

/// A place where what actors say is waited for: with a limit that only a broken test reaches.
template <class T>
class Ear {
 public:
  void hear(T value) {
    std::lock_guard lock(mutex_);
    heard_.push_back(std::move(value));
    changed_.notify_all();
  }
  /// The k-th thing that was said.
  T wait(size_t k = 0) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(60), [&] { return heard_.size() > k; }))
      throw std::runtime_error("nothing was said");
    return heard_[k];
  }
  size_t size() {
    std::lock_guard lock(mutex_);
    return heard_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> heard_;
};

}  // namespace zenops
