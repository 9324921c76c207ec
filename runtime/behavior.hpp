#pragma once
#include <functional>
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/message.hpp"

namespace zenops {

/// Who an actor is: its name, and which life of it.
struct Address {
  std::string name;
  uint32_t incarnation = 0;
  bool operator==(const Address&) const = default;
};
/// "worker/3#2"
std::string to_string(const Address& address);

/// Who may send a message: some names; one that ends with '/' stands for all names that begin so, "*" for everybody.
struct From {
  std::vector<std::string> names;
  From(std::initializer_list<std::string> n) : names(n) {}
  bool allows(std::string_view sender) const;
};
/// Only whoever started the system: it has no name.
inline const From the_operator{""};
inline const From anybody{"*"};

/// What an actor answers to: schema id → who may send it, and the handler.
class Behavior {
 public:
  /// f is called with a `const Msg<Root>&`.
  template <class Root, class F>
  Behavior& on(From from, F f) {
    handlers_.insert_or_assign(capnp::typeId<Root>(),
                               Handler{std::move(from), [f = std::move(f)](const Envelope& e) { f(Msg<Root>(e)); }});
    return *this;
  }
  /// Runs the handler. An error (unexpected, malformed) says why it did not run to its end; what the handler itself throws
  /// goes through.
  Expected<void> operator()(const Envelope& envelope, std::string_view sender) const;

 private:
  struct Handler {
    From from;
    std::function<void(const Envelope&)> run;
  };
  std::unordered_map<uint64_t, Handler> handlers_;
};

}  // namespace zenops
