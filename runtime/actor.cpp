#include "runtime/actor.hpp"

namespace zenops {

void Context::after(Clock::Duration d, std::function<void()> then) {
  clock().after(d, [post = post(), then = std::move(then)] { post(then); });
}

void Context::keep(Envelope state, Keeping then) {
  if (!then)
    then = [](const Expected<void>& done) {
      if (!done) throw std::runtime_error("its state was not kept: " + done.error().what);
    };
  const auto too_large = [&then](const std::string& what, uint64_t bytes, uint64_t most) {
    then(fail(Ec::wrong_shape, what + " of " + std::to_string(bytes) + " bytes is more than " + std::to_string(most)));
  };
  // It travels within a message.
  constexpr uint64_t most_words = Envelope::max_words / 2;
  if (state.bytes() > most_kept) return too_large("a state", state.bytes(), most_kept);
  if (state.words.size() > most_words)
    return too_large("the message of a state", state.words.bytes().size(), most_words * sizeof(capnp::word));
  store(std::move(state), std::move(then));
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
