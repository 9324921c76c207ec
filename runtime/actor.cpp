#include "runtime/actor.hpp"

namespace zenops {

void Context::after(Clock::Duration d, std::function<void()> then) {
  clock().after(d, [post = post(), then = std::move(then)] { post(then); });
}

void Context::await(const std::string& name, uint32_t, Clock::Duration within, Came then) {
  after(within, [name, then = std::move(then)] { then(fail(Ec::timeout, name + " did not begin in time")); });
}

void Context::for_each(size_t count, std::function<void(size_t, int)> body, std::function<void()> then, size_t most) {
  struct Failure {
    std::mutex mutex;
    std::exception_ptr first;
  };
  auto failure = std::make_shared<Failure>();
  submit(
      count,
      [body = std::move(body), failure](size_t i, int thread) {
        try {
          body(i, thread);
        } catch (...) {
          std::lock_guard lock(failure->mutex);
          if (!failure->first) failure->first = std::current_exception();
        }
      },
      [post = post(), then = std::move(then), failure] {
        post([then, failure] {
          if (failure->first) std::rethrow_exception(failure->first);
          then();
        });
      },
      most);
}

}  // namespace zenops
