#pragma once
#include <map>
#include <set>
#include <vector>

#include "actors/round.hpp"

namespace zenops {

/// Which workers there are, and for whose answers a round waits. One whose answer did not come in time is not waited for
/// until it is heard of again, so that a silent worker costs one deadline and no more.
class Roster {
 public:
  explicit Roster(uint32_t workers) {
    for (uint32_t w = 0; w < workers; ++w) here_[w] = {1, true};
  }
  void up(uint32_t worker, uint32_t incarnation) { here_[worker] = {incarnation, true}; }
  void down(uint32_t worker, uint32_t incarnation) {
    if (auto i = here_.find(worker); i != here_.end() && i->second.incarnation == incarnation) here_.erase(i);
  }
  void missed(uint32_t worker) { await(worker, false); }
  void heard_of(uint32_t worker) { await(worker, true); }

  bool has(uint32_t worker) const { return here_.contains(worker); }
  /// By worker.
  std::map<uint32_t, uint32_t> incarnations() const {
    std::map<uint32_t, uint32_t> out;
    for (const auto& [worker, seat] : here_) out[worker] = seat.incarnation;
    return out;
  }
  /// Those for whom nobody waits; and that it is these and no others.
  std::set<uint32_t> idle() const {
    std::set<uint32_t> out;
    for (const auto& [worker, seat] : here_)
      if (!seat.awaited) out.insert(worker);
    return out;
  }
  void set_idle(const std::set<uint32_t>& idle) {
    for (auto& [worker, seat] : here_) seat.awaited = !idle.contains(worker);
  }

  /// In ascending order. When nobody is left to wait for, everybody is waited for again.
  std::vector<Member> members() const {
    bool any = false;
    for (const auto& [worker, seat] : here_) any = any || seat.awaited;
    std::vector<Member> out;
    for (const auto& [worker, seat] : here_) out.push_back({worker, seat.incarnation, seat.awaited || !any});
    return out;
  }

 private:
  struct Seat {
    uint32_t incarnation;
    bool awaited;
  };
  void await(uint32_t worker, bool awaited) {
    if (auto i = here_.find(worker); i != here_.end()) i->second.awaited = awaited;
  }
  std::map<uint32_t, Seat> here_;
};

}  // namespace zenops
