#include "runtime/directory.hpp"

namespace zenops {

void Directory::enter(const Address& address, const caf::actor& handle) {
  std::lock_guard lock(mutex_);
  living_[address.name] = {address.incarnation, handle};
  names_[handle->id()] = address.name;
}

void Directory::leave(const Address& address) {
  std::lock_guard lock(mutex_);
  if (auto i = living_.find(address.name); i != living_.end() && i->second.incarnation == address.incarnation) living_.erase(i);
}

caf::actor Directory::find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto i = living_.find(name);
  return i == living_.end() ? caf::actor{} : i->second.handle;
}

uint32_t Directory::incarnation(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto i = living_.find(name);
  return i == living_.end() ? 0 : i->second.incarnation;
}

std::string Directory::whois(caf::actor_id id) const {
  std::lock_guard lock(mutex_);
  const auto i = names_.find(id);
  return i == names_.end() ? std::string{} : i->second;
}

std::vector<caf::actor> Directory::everybody() const {
  std::lock_guard lock(mutex_);
  std::vector<caf::actor> handles;
  for (const auto& [name, entry] : living_) handles.push_back(entry.handle);
  return handles;
}

}  // namespace zenops
