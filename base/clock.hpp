#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace zenops {

/// Where all time comes from: what time it is, and who is woken when. Thread-safe.
class Clock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  /// Calls `wake` once, not before `when`, on a thread of the clock's; it must be short and must not throw.
  virtual void at(Time when, std::function<void()> wake) = 0;
  void after(Duration d, std::function<void()> wake) { at(now() + d, std::move(wake)); }
};

/// The machine's steady clock. Its destructor drops the wakes that have not come yet.
class SystemClock final : public Clock {
 public:
  SystemClock();
  ~SystemClock() override;
  Time now() const override { return std::chrono::steady_clock::now(); }
  void at(Time when, std::function<void()> wake) override;

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Time, std::function<void()>> wakes_;
  bool stop_ = false;
  std::thread thread_;
};

/// Time that moves when a test says so.
class ManualClock final : public Clock {
 public:
  Time now() const override;
  void at(Time when, std::function<void()> wake) override;
  /// Moves time forward, calling on this thread what falls due, in order.
  void pass(Duration d);

 private:
  mutable std::mutex mutex_;
  Time now_{};
  std::multimap<Time, std::function<void()>> wakes_;
};

}  // namespace zenops
