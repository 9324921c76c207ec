#include "runtime/residents.hpp"

#include <algorithm>

namespace zenops {

void Residents::enter(std::shared_ptr<Resident> resident, const caf::actor& handle) {
  Part& there = part(resident->address.name);
  Entry before;  // ends without the lock
  std::lock_guard lock(there.mutex);
  if (const auto i = there.living.find(resident->address.name); i != there.living.end()) {
    before = std::move(i->second);
    before.resident->lives = false;
    there.living.erase(i);
  }
  const std::string_view name = resident->address.name;
  there.living.emplace(name, Entry{std::move(resident), handle});
}

bool Residents::leave(const Address& address) {
  Part& there = part(address.name);
  Entry gone;
  std::lock_guard lock(there.mutex);
  const auto i = there.living.find(address.name);
  if (i == there.living.end() || i->second.resident->address.incarnation != address.incarnation) return false;
  gone = std::move(i->second);
  gone.resident->lives = false;
  there.living.erase(i);
  return true;
}

Residents::Found Residents::find(const std::string& name) const {
  const Part& there = part(name);
  std::lock_guard lock(there.mutex);
  const auto i = there.living.find(name);
  return i == there.living.end() ? Found{} : Found{i->second.handle, i->second.resident->kind};
}

uint32_t Residents::incarnation(const std::string& name) const {
  const Part& there = part(name);
  std::lock_guard lock(there.mutex);
  const auto i = there.living.find(name);
  return i == there.living.end() ? 0 : i->second.resident->address.incarnation;
}

std::vector<caf::actor> Residents::everybody() const {
  std::vector<caf::actor> handles;
  for (const Part& there : parts_) {
    std::lock_guard lock(there.mutex);
    for (const auto& [name, entry] : there.living) handles.push_back(entry.handle);
  }
  return handles;
}

std::vector<Address> Residents::addresses() const {
  std::vector<Address> out;
  for (const Part& there : parts_) {
    std::lock_guard lock(there.mutex);
    for (const auto& [name, entry] : there.living) out.push_back(entry.resident->address);
  }
  std::ranges::sort(out, {}, &Address::name);
  return out;
}

}  // namespace zenops
