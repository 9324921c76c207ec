#pragma once
#include <array>
#include <atomic>
#include <caf/actor.hpp>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/behavior.hpp"
#include "runtime/traffic.hpp"

namespace zenops {

/// A life in this process.
struct Resident {
  Resident(Address a, Traffic::Kind* k) : address(std::move(a)), kind(k) {}
  const Address address;
  Traffic::Kind* const kind;
  std::atomic<bool> lives = true;  // until another has its name or nobody does
};

/// Who lives in this process: name → the living incarnation and its CAF handle. Thread-safe.
class Residents {
 public:
  struct Found {
    caf::actor handle;  // null when nobody of that name lives
    Traffic::Kind* kind = nullptr;
  };
  void enter(std::shared_ptr<Resident> resident, const caf::actor& handle);
  /// Takes the name out; false if that incarnation is not the one entered.
  bool leave(const Address& address);
  Found find(const std::string& name) const;
  /// 0 when nobody of that name lives.
  uint32_t incarnation(const std::string& name) const;
  std::vector<caf::actor> everybody() const;
  std::vector<Address> addresses() const;

 private:
  struct Entry {
    std::shared_ptr<Resident> resident;
    caf::actor handle;
  };
  /// Some of the names, so that those who look for different ones seldom meet.
  struct alignas(64) Part {
    mutable std::mutex mutex;
    std::unordered_map<std::string_view, Entry> living;  // the names are the residents' own
  };
  Part& part(std::string_view name) { return parts_[std::hash<std::string_view>{}(name) % parts_.size()]; }
  const Part& part(std::string_view name) const { return const_cast<Residents*>(this)->part(name); }
  std::array<Part, 16> parts_;
};

}  // namespace zenops
