#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "runtime/envelope.hpp"

namespace zenops {

/// Which rounds may begin, as the operator has said, and who waits to hear of it.
///
///   open --pause--> shut --resume--> open
///   any --step--> open until the round that was asked for is done, the last of those that several asked for --> shut
class Gate {
 public:
  using Reply = std::function<void(Envelope)>;
  void pause(Reply reply) {
    until_ = 0;
    waiting_.push_back({0, std::move(reply)});
  }
  void resume() { until_ = without_end; }
  void step(uint32_t until, Reply reply) {
    until_ = until_ == without_end ? until : std::max(until_, until);
    waiting_.push_back({until, std::move(reply)});
  }
  /// Whether no other round may begin when that one is done.
  bool shut(uint32_t done) const { return done >= until_; }
  /// Those who waited for that round, or for the end of whichever was under way; each is in it once.
  std::vector<Reply> passed(uint32_t done) {
    const auto still =
        std::stable_partition(waiting_.begin(), waiting_.end(), [done](const Waiting& w) { return w.until > done; });
    return take(still);
  }
  std::vector<Reply> all() { return take(waiting_.begin()); }

 private:
  static constexpr uint32_t without_end = UINT32_MAX;
  struct Waiting {
    uint32_t until;
    Reply reply;
  };
  std::vector<Reply> take(std::vector<Waiting>::iterator from) {
    std::vector<Reply> out;
    for (auto i = from; i != waiting_.end(); ++i) out.push_back(std::move(i->reply));
    waiting_.erase(from, waiting_.end());
    return out;
  }
  uint32_t until_ = without_end;
  std::vector<Waiting> waiting_;
};

}  // namespace zenops
