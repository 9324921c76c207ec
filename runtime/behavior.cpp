#include "runtime/behavior.hpp"

#include <kj/exception.h>

#include <algorithm>

#include "runtime/description.hpp"

namespace zenops {

std::string to_string(const Address& address) { return address.name + '#' + std::to_string(address.incarnation); }

bool From::allows(std::string_view sender) const {
  return std::ranges::any_of(names, [sender](const std::string& name) {
    return name.ends_with('/') ? sender.starts_with(name) : name == "*" || sender == name;
  });
}

Behavior& Behavior::add(capnp::StructSchema message, std::optional<capnp::StructSchema> answer, From from, Run run) {
  handlers_.insert_or_assign(message.getProto().getId(), Handler{{message, answer, std::move(from)}, std::move(run)});
  return *this;
}

Expected<std::optional<Envelope>> Behavior::operator()(const Envelope& envelope, std::string_view sender) const {
  const auto handler = handlers_.find(envelope.type);
  if (handler == handlers_.end()) return fail(Ec::unexpected, "nobody here answers to that message");
  if (const From& from = handler->second.what.from; !from.allows(sender))
    return fail(Ec::unexpected, "that message is believed only from " + senders_in_words(from.names));
  try {
    return handler->second.run(envelope);
  } catch (const kj::Exception& e) {
    return fail(Ec::malformed, e.getDescription().cStr());
  }
}

std::vector<Behavior::Understood> Behavior::understood() const {
  std::vector<Understood> out;
  for (const auto& [id, handler] : handlers_) out.push_back(handler.what);
  std::ranges::sort(out, {}, [](const Understood& one) { return std::string(one.message.getProto().getDisplayName().cStr()); });
  return out;
}

}  // namespace zenops
