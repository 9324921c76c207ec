#include "runtime/residents.hpp"

namespace zenops {

void Residents::enter(const Address& address, const caf::actor& handle) {
  std::lock_guard lock(mutex_);
  living_[address.name] = {address.incarnation, handle};
  names_[handle->id()] = address.name;
}

bool Residents::leave(const Address& address) {
  std::lock_guard lock(mutex_);
  const auto i = living_.find(address.name);
  if (i == living_.end() || i->second.incarnation != address.incarnation) return false;
  living_.erase(i);
  return true;
}

caf::actor Residents::find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto i = living_.find(name);
  return i == living_.end() ? caf::actor{} : i->second.handle;
}

uint32_t Residents::incarnation(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto i = living_.find(name);
  return i == living_.end() ? 0 : i->second.incarnation;
}

std::string Residents::whois(caf::actor_id id) const {
  std::lock_guard lock(mutex_);
  const auto i = names_.find(id);
  return i == names_.end() ? std::string{} : i->second;
}

std::vector<caf::actor> Residents::everybody() const {
  std::lock_guard lock(mutex_);
  std::vector<caf::actor> handles;
  for (const auto& [name, entry] : living_) handles.push_back(entry.handle);
  return handles;
}

std::vector<Address> Residents::addresses() const {
  std::lock_guard lock(mutex_);
  std::vector<Address> out;
  for (const auto& [name, entry] : living_) out.push_back({name, entry.incarnation});
  return out;
}

}  // namespace zenops
