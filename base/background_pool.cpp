#include "base/background_pool.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace zenops {

std::unique_ptr<Pool> background_pool(int threads) {
  std::unique_ptr<Pool> pool;
  // Threads inherit their niceness, and without privileges none gets rid of it again: so it is not this one that takes it on.
  std::thread([&] {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5);
    pool = std::make_unique<Pool>(threads);
  }).join();
  return pool;
}

}  // namespace zenops
