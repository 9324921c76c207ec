#include "base/pool.hpp"

#include <sched.h>

#include <algorithm>
#include <future>
#include <memory>

namespace zenops {

int usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Pool::Pool(int threads) {
  const int count = threads > 0 ? threads : usable_cores();
  threads_.reserve(static_cast<size_t>(count));
  for (int t = 0; t < count; ++t) threads_.emplace_back([this, t] { run(t); });
}

Pool::~Pool() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Pool::submit(Job job, Urgency urgency) {
  {
    std::lock_guard lock(mutex_);
    (urgency == Urgency::urgent ? urgent_ : normal_).push_back(std::move(job));
  }
  changed_.notify_one();
}

void Pool::for_each(size_t count, std::function<void(size_t, int)> body, std::function<void()> done, size_t most) {
  if (count == 0) return submit([done = std::move(done)](int) { done(); }, Urgency::urgent);
  struct Shared {
    std::function<void(size_t, int)> body;
    std::function<void()> done;
    size_t count;
    std::atomic<size_t> next = 0, left;
  };
  auto shared = std::make_shared<Shared>(std::move(body), std::move(done), count);
  shared->left = count;
  for (size_t t = 0; t < std::min({count, threads_.size(), most > 0 ? most : count}); ++t) {
    submit(
        [shared](int thread) {
          for (size_t i; (i = shared->next++) < shared->count;) {
            shared->body(i, thread);
            if (--shared->left == 0) shared->done();
          }
        },
        Urgency::urgent);
  }
}

void Pool::for_each_and_wait(size_t count, std::function<void(size_t, int)> body) {
  // Shared: whoever sets it may be in it still when the waiting has ended.
  const auto done = std::make_shared<std::promise<void>>();
  auto ended = done->get_future();
  for_each(count, std::move(body), [done] { done->set_value(); });
  ended.wait();
}

void Pool::run(int thread) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !urgent_.empty() || !normal_.empty(); });
    if (stop_) return;
    auto& queue = urgent_.empty() ? normal_ : urgent_;
    Job job = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    job(thread);
    job = nullptr;  // what it holds is released here, not under the lock
    lock.lock();
  }
}

}  // namespace zenops
