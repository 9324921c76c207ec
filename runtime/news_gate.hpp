#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

#include "runtime/parcel.hpp"

namespace zenops {

/// Holds parcels back, in their order, until this process has been told of the cluster what their senders had been told: who asks
/// somebody that has just begun must be able to be answered by those who would not know that one yet. Thread-safe; parcels are
/// handed on one after the other.
class NewsGate {
 public:
  using HandOn = std::function<void(Parcel)>;
  explicit NewsGate(HandOn hand_on) : hand_on_(std::move(hand_on)) {}
  /// The newest news that somebody here may have heard of: what is sent says so.
  uint64_t heard() const { return heard_; }
  /// Hands the parcel on, now or later. True when it is the first that waits: then somebody must see to it that the news it waits
  /// for is given up in the end, by reached().
  bool arrived(Parcel parcel);
  /// That news is being told here from now on: whoever hears of it may speak before all of it is known.
  void hears(uint64_t news);
  /// That news is known now.
  void reached(uint64_t news);

 private:
  const HandOn hand_on_;
  std::mutex mutex_;
  uint64_t known_ = 0;
  std::atomic<uint64_t> heard_ = 0;  // never less than what is known; read by whoever is handed a parcel, too
  std::deque<Parcel> waiting_;
};

}  // namespace zenops
