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

/// Schemas of messages, as one actor has told them: another's do not change them.
class Schemas;

/// What an actor says of itself.
struct ActorDescription {
  Address who;
  std::string state;  // in its own words
  bool frozen = false;
  uint64_t handled = 0;  // messages, of this life
  std::vector<MessageDescription> messages;
  std::shared_ptr<const Schemas> schemas = {};  // of these messages and their answers
};

/// What `name` has answered to wire::Describe. An error (unexpected, malformed) when that is none: an actor may say anything.
Expected<ActorDescription> description_of(const std::string& name, const Envelope& answer);
/// The message of that name to that actor, of Cap'n Proto's text form: "(by = 3)"; empty text is a message without anything in it. An
/// error (unexpected) when the actor answers to none of that name, or (malformed) says where the text is not what the schema wants.
Expected<Envelope> message_of_text(const ActorDescription& to, const std::string& message, const std::string& text);
/// "Total (value = 3)", of what that actor has answered; also says what cannot be read, and that a schema is not known.
std::string text_of_message(const ActorDescription& from, const Envelope& message);

}  // namespace zenops
