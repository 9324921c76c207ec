#include "runtime/news_gate.hpp"

#include <algorithm>

namespace zenops {

bool NewsGate::arrived(Parcel parcel) {
  std::lock_guard lock(mutex_);
  // What the head tells is the news, or follows it into the same mailbox; its answers do not go there.
  const bool passes = parcel.from.name == "head" && !parcel.envelope.answer;
  const bool must_wait = !passes && (!waiting_.empty() || parcel.news > known_);
  if (!must_wait) {
    hand_on_(std::move(parcel));
    return false;
  }
  waiting_.push_back(std::move(parcel));
  return waiting_.size() == 1;
}

void NewsGate::hears(uint64_t news) {
  std::lock_guard lock(mutex_);
  heard_ = std::max(heard_.load(), news);
}

void NewsGate::reached(uint64_t news) {
  std::lock_guard lock(mutex_);
  known_ = std::max(known_, news);
  heard_ = std::max(heard_.load(), known_);
  while (!waiting_.empty() && waiting_.front().news <= known_) {
    Parcel next = std::move(waiting_.front());
    waiting_.pop_front();
    hand_on_(std::move(next));
  }
}

}  // namespace zenops
