#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace zenops {

/// Cores this process may use; at least one.
int usable_cores();

/// The compute pool: one thread per core does the work, so that the threads that pass messages never wait for it. Jobs start
/// in the order in which they were submitted, urgent ones first; the order in which they end never matters to a result.
class Pool {
 public:
  /// A job is told which of the pool's threads it runs on, in [0, threads()): what a thread owns needs no lock.
  using Job = std::function<void(int thread)>;
  enum class Urgency { normal, urgent };

  /// `threads` = 0: one per core this process may use.
  explicit Pool(int threads = 0);
  /// Finishes the running jobs and drops those that have not started.
  ~Pool();
  Pool(const Pool&) = delete;

  int threads() const { return static_cast<int>(threads_.size()); }
  /// A job must not throw: what can fail inside it is caught inside it.
  void submit(Job job, Urgency urgency = Urgency::normal);
  /// Runs `body(0, thread) … body(count − 1, thread)` as urgent jobs, several at a time but no more than `most` (0: one per thread),
  /// and calls `done` after the last, on a pool thread.
  void for_each(size_t count, std::function<void(size_t, int thread)> body, std::function<void()> done, size_t most = 0);
  /// The same, and waits for the last; not from one of the pool's own threads.
  void for_each_and_wait(size_t count, std::function<void(size_t, int thread)> body);

 private:
  void run(int thread);
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> urgent_, normal_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace zenops
