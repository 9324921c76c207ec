#pragma once
#include <caf/actor.hpp>
#include <map>
#include <mutex>
#include <unordered_map>

#include "runtime/behavior.hpp"

namespace zenops {

/// Who lives in this process: name → the living incarnation and its CAF handle. Thread-safe.
class Residents {
 public:
  void enter(const Address& address, const caf::actor& handle);
  /// Takes the name out; false if that incarnation is not the one entered.
  bool leave(const Address& address);
  /// Null when nobody of that name lives.
  caf::actor find(const std::string& name) const;
  /// 0 when nobody of that name lives.
  uint32_t incarnation(const std::string& name) const;
  /// The name behind a handle, a dead one's included; empty when it was never entered.
  std::string whois(caf::actor_id id) const;
  std::vector<caf::actor> everybody() const;
  std::vector<Address> addresses() const;

 private:
  struct Entry {
    uint32_t incarnation;
    caf::actor handle;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry> living_;
  std::unordered_map<caf::actor_id, std::string> names_;
};

}  // namespace zenops
