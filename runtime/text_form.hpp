#pragma once
#include <memory>
#include <string>
#include <vector>

#include "runtime/behavior.hpp"

namespace zenops {

/// A message that an actor answers to.
struct MessageDescription {
  uint64_t id = 0;  // of its schema
  std::string name;
  std::string answer;               // the name of the message that it is answered with; empty: not told
  std::vector<std::string> from;    // who may send it, as in From
  std::vector<std::string> fields;  // "by :Int64"
};

/// What an actor says of itself.
struct ActorDescription {
  Address who;
  std::string state;  // in its own words
  bool frozen = false;
  uint64_t handled = 0;  // messages, of this life
  std::vector<MessageDescription> messages;
};

/// Messages as text, in Cap'n Proto's own form: "(by = 3)". Knows the schemas that actors have told it of. Thread-safe.
class TextForm {
 public:
  TextForm();
  ~TextForm();
  TextForm(const TextForm&) = delete;

  /// The answer to wire::Describe. An error (malformed) when it is none that can be read: an actor may say anything.
  Expected<ActorDescription> learn(const Envelope& description);
  /// The message of that name to that actor. An error (unexpected) when it answers to none of that name, or (malformed)
  /// says where the text is not what the schema wants. Empty text is a message without anything in it.
  Expected<Envelope> read(const ActorDescription& to, const std::string& message, const std::string& text) const;
  /// "Total (value = 3)"; also says what cannot be read, and that a schema is not known.
  std::string write(const Envelope& message) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zenops
