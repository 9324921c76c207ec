#include "runtime/routes.hpp"

namespace zenops {

Life Life::begun(Address who, uint64_t process) {
  Life life;
  life.who = std::move(who);
  life.process = process;
  return life;
}

Life Life::ended(Address who, uint64_t process, std::string cause, bool restarts) {
  Life life = begun(std::move(who), process);
  life.alive = false;
  life.cause = std::move(cause);
  life.restarts = restarts;
  return life;
}

bool Routes::learn(const Life& life) {
  std::lock_guard lock(mutex_);
  const auto [i, fresh] = lives_.try_emplace(life.who.name, Known{life, true});
  if (fresh) return true;
  Known& known = i->second;
  const bool newer = life.who.incarnation > known.life.who.incarnation;
  const bool same = life.who.incarnation == known.life.who.incarnation;
  const bool given_up = !known.life.alive && known.life.restarts && !life.alive && !life.restarts;
  const bool changes = newer || (same && (!known.told || (known.life.alive && !life.alive) || given_up));
  if (changes) known = {life, true};
  return changes;
}

void Routes::hint(const Address& who, uint64_t process) {
  std::lock_guard lock(mutex_);
  const auto [i, fresh] = lives_.try_emplace(who.name, Known{{who, process}, false});
  if (!fresh && who.incarnation > i->second.life.who.incarnation) i->second = {{who, process}, false};
}

void Routes::erase(const std::string& name) {
  std::lock_guard lock(mutex_);
  lives_.erase(name);
}

std::optional<Life> Routes::find(const std::string& name) const {
  auto life = last(name);
  return life && life->alive ? life : std::nullopt;
}

std::optional<Life> Routes::last(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto i = lives_.find(name);
  if (i == lives_.end()) return {};
  return i->second.life;
}

bool Routes::over(const Address& address) const {
  std::lock_guard lock(mutex_);
  const auto i = lives_.find(address.name);
  if (i == lives_.end()) return false;
  const Life& known = i->second.life;
  return address.incarnation < known.who.incarnation || (address.incarnation == known.who.incarnation && !known.alive);
}

bool Routes::alive(const Address& address) const {
  const auto life = find(address.name);
  return life && life->who == address;
}

std::vector<Life> Routes::everybody() const {
  std::lock_guard lock(mutex_);
  std::vector<Life> out;
  for (const auto& [name, known] : lives_)
    if (known.life.alive) out.push_back(known.life);
  return out;
}

}  // namespace zenops
