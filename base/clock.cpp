#include "base/clock.hpp"

namespace zenops {

SystemClock::SystemClock() : thread_([this] { run(); }) {}

SystemClock::~SystemClock() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SystemClock::at(Time when, std::function<void()> wake) {
  bool first;
  {
    std::lock_guard lock(mutex_);
    const auto place = wakes_.emplace(when, std::move(wake));
    first = place == wakes_.begin();
  }
  if (first) changed_.notify_one();  // for later ones the thread wakes early enough
}

void SystemClock::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (wakes_.empty()) {
      changed_.wait(lock);
    } else if (const Time next = wakes_.begin()->first; next > now()) {
      changed_.wait_until(lock, next);
    } else {
      auto due = wakes_.extract(wakes_.begin());
      lock.unlock();
      due.mapped()();
      lock.lock();
    }
  }
}

Clock::Time ManualClock::now() const {
  std::lock_guard lock(mutex_);
  return now_;
}

void ManualClock::at(Time when, std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  wakes_.emplace(when, std::move(wake));
}

void ManualClock::pass(Duration d) {
  std::unique_lock lock(mutex_);
  const Time end = now_ + d;
  while (!wakes_.empty() && wakes_.begin()->first <= end) {
    auto due = wakes_.extract(wakes_.begin());
    now_ = std::max(now_, due.key());
    lock.unlock();
    due.mapped()();
    lock.lock();
  }
  now_ = end;
}

}  // namespace zenops
