#pragma once
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/message.hpp"

namespace zenops {

/// Who an actor is: its name, and which life of it.
struct Address {
  std::string name;          // one life at a time has it
  uint32_t incarnation = 0;  // 1, 2, …; 0: none
  bool operator==(const Address&) const = default;  // the same life
};
/// "worker/3#2"
std::string to_string(const Address& address);

/// Who may send a message: some names; one that ends with '/' stands for all names that begin so, "*" for everybody.
struct From {
  std::vector<std::string> names;                            // and beginnings of names
  From(std::initializer_list<std::string> n) : names(n) {}  // these
  bool allows(std::string_view sender) const;                // whether that name is among them
};
/// Only whoever started the system: it has no name.
inline const From the_operator{""};
inline const From anybody{"*"};  // whoever it is

/// What is answered instead of an answer: whoever asked gets that error. That nobody is there, or that nothing came in time, reads as
/// `failed`: it is the runtime's to say.
Envelope failure(const Error& error);

/// What an actor answers to: schema id → who may send it, and the handler.
class Behavior {
 public:
  /// f is called with a `const Msg<Root>&`. If it is a question, it is answered through Context::reply() or replier().
  template <class Root, class F>
  Behavior& on(From from, F f) {
    return add(capnp::Schema::from<Root>(), {}, std::move(from), [f = std::move(f)](const Envelope& e) -> std::optional<Envelope> {
      f(Msg<Root>(e));
      return {};
    });
  }
  /// A question that Context::reply() or replier() answers with an `Answer`, when it is time: whoever inspects the actor is told so.
  template <class Question, class Answer, class F>
  Behavior& answer_later(From from, F f) {
    return add(capnp::Schema::from<Question>(), capnp::Schema::from<Answer>(), std::move(from),
               [f = std::move(f)](const Envelope& e) -> std::optional<Envelope> {
                 f(Msg<Question>(e));
                 return {};
               });
  }
  /// A question that is answered when its handler ends: f is called with a `const Msg<Question>&` and the `Answer::Builder` that it
  /// fills.
  template <class Question, class Answer, class F>
  Behavior& answer(From from, F f) {
    return add(capnp::Schema::from<Question>(), capnp::Schema::from<Answer>(), std::move(from),
               [f = std::move(f)](const Envelope& e) -> std::optional<Envelope> {
                 const Msg<Question> question(e);
                 return Envelope::of<Answer>([&](typename Answer::Builder out) { f(question, out); });
               });
  }
  /// Runs the handler, and returns its answer if it is one of those that give one. An error (unexpected, malformed) says why it
  /// did not run to its end; what the handler itself throws goes through.
  Expected<std::optional<Envelope>> operator()(const Envelope& envelope, std::string_view sender) const;

  /// One of the messages.
  struct Understood {
    capnp::StructSchema message;                // its schema
    std::optional<capnp::StructSchema> answer;  // none: there is none, or it does not say
    From from;                                  // who may send it
  };
  /// All of them, by their names.
  std::vector<Understood> understood() const;

 private:
  using Run = std::function<std::optional<Envelope>(const Envelope&)>;
  Behavior& add(capnp::StructSchema message, std::optional<capnp::StructSchema> answer, From from, Run run);
  struct Handler {
    Understood what;
    Run run;
  };
  std::unordered_map<uint64_t, Handler> handlers_;
};

}  // namespace zenops
