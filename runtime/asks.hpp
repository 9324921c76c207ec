#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "runtime/behavior.hpp"

namespace zenops {

/// Questions that wait for an answer. Each gets exactly one: what comes first of an answer, the end of whoever was
/// asked, and the end of its time. Thread-safe; `then` is called on whatever thread that happens.
class Asks {
 public:
  using Then = std::function<void(Expected<Envelope>)>;
  explicit Asks(Clock& clock);
  ~Asks();
  /// Its number, never 0. After close() it fails at once.
  uint64_t open(const std::string& whom, Clock::Duration within, Then then);
  /// One that has its answer already changes nothing.
  void answer(uint64_t request, Expected<Envelope> answer);
  /// Whether it waits for an answer of that name.
  bool waits(uint64_t request, const std::string& whom) const;
  void fail(uint64_t request, Error error) { answer(request, tl::unexpected(std::move(error))); }
  /// Nothing more comes from that life. Who was asked in an earlier one has not answered either.
  void over(const Address& who, const std::string& cause);
  /// All who wait for something of that name have it.
  void everybody(const std::string& name, const Expected<Envelope>& answer);
  /// All that wait are told so, and nobody waits any more.
  void close();

 private:
  struct Part;
  struct Book;
  std::shared_ptr<Book> book_;
};

}  // namespace zenops
