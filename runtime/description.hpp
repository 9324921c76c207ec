#pragma once
#include "runtime/behavior.hpp"

namespace zenops {

/// What whoever inspects an actor is told of it (wire::Description): its words, and the schemas of the messages that it
/// answers to with all that they are made of, so that whoever has never heard of them can write and read them as text
/// (runtime/text_form.hpp).
Envelope describe(const Address& who, const std::string& state, const Behavior& behavior, uint64_t handled,
                  bool frozen);

/// "the operator, worker/*", of the names of a From.
std::string senders_in_words(const std::vector<std::string>& names);

}  // namespace zenops
