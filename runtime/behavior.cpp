#include "runtime/behavior.hpp"

#include <kj/exception.h>

#include <algorithm>

namespace zenops {

std::string to_string(const Address& address) { return address.name + '#' + std::to_string(address.incarnation); }

bool From::allows(std::string_view sender) const {
  return std::ranges::any_of(
      names, [sender](const std::string& name) { return name.ends_with('/') ? sender.starts_with(name) : sender == name; });
}

Expected<void> Behavior::operator()(const Envelope& envelope, std::string_view sender) const {
  const auto handler = handlers_.find(envelope.type);
  if (handler == handlers_.end()) return fail(Ec::unexpected, "nobody here answers to that message");
  if (!handler->second.from.allows(sender)) return fail(Ec::unexpected, "that message is not believed from this sender");
  try {
    handler->second.run(envelope);
  } catch (const kj::Exception& e) {
    return fail(Ec::malformed, e.getDescription().cStr());
  }
  return {};
}

}  // namespace zenops
