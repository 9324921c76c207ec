#pragma once
#include <mutex>
#include <span>

#include "runtime/ref.hpp"

namespace zenops {

/// What came of asking several at once.
template <class Root>
struct Gathered {
  /// How many answers.
  size_t wanted = 0;
  std::vector<std::pair<std::string, Answer<Root>>> answers =
      {};  // whose, in the order in which they came; no more than wanted
  std::vector<std::pair<std::string, Error>> errors = {};  // whose, of those that had failed by then
  /// Whether so many came.
  bool enough() const { return answers.size() >= wanted; }
};

/// Decides when enough of several have spoken. Each of them speaks once.
///
///   open --the k-th answer, or fewer than k can come (patient: everybody has spoken)--> closed
class Quorum {
 public:
  /// What it waits for beyond its decision.
  enum class Patience { none, until_all_have_spoken };
  /// k answers of n.
  Quorum(size_t k, size_t n, Patience patience = Patience::none) : k_(k), n_(n), patience_(patience) {}
  /// Whether it is decided, also when nobody has spoken yet.
  bool closed() const {
    if (answers_ >= k_) return true;
    return patience_ == Patience::none ? n_ - failures_ < k_ : answers_ + failures_ >= n_;
  }
  /// Somebody has answered.
  void answer() { ++answers_; }
  /// Somebody has not, and will not.
  void failure() { ++failures_; }

 private:
  size_t k_, n_, answers_ = 0, failures_ = 0;
  Patience patience_;
};

/// Asks all of them, and calls `then` once with what came: as soon as k have answered, or as soon as fewer than k still
/// can: then enough() is false, at once where k is more than there are names. Nobody's answer counts twice: a name that
/// occurs again is not asked again. What comes later is dropped. Each is asked as its Ref says, but for `within`. Where
/// `then` runs: as of Ref::ask.
template <class Root, class Then>
void first(size_t k, std::span<const Ref> whom, const Envelope& question, Clock::Duration within, Then then,
           Quorum::Patience patience = Quorum::Patience::none);

/// All answers, and whose were none: called when everybody has answered or failed.
template <class Root, class Then>
void all(std::span<const Ref> whom, const Envelope& question, Clock::Duration within, Then then);

/// The first of each name, in their order.
std::vector<Ref> distinct(std::span<const Ref> refs);

/// One such question to several, which is answered on any threads.
template <class Root>
class Poll {
 public:
  /// What is called with what came.
  using Then = std::function<void(Gathered<Root>)>;
  /// k answers of n.
  Poll(size_t k, size_t n, Quorum::Patience patience, Then then)
      : quorum_(k, n, patience), gathered_{.wanted = k}, then_(std::move(then)) {}

  /// Of somebody who has not spoken before.
  void spoke(const std::string& who, Expected<Answer<Root>> answer) {
    std::unique_lock lock(mutex_);
    if (!then_) return;
    if (answer) {
      quorum_.answer();
      gathered_.answers.emplace_back(who, std::move(*answer));
    } else {
      quorum_.failure();
      gathered_.errors.emplace_back(who, std::move(answer.error()));
    }
    settle(std::move(lock));
  }
  /// Whether it is decided before anybody has spoken.
  bool settled() {
    settle(std::unique_lock(mutex_));
    return !then_;
  }

 private:
  void settle(std::unique_lock<std::mutex> lock) {
    if (!quorum_.closed()) return;
    const Then then = std::exchange(then_, {});
    lock.unlock();
    then(std::move(gathered_));  // nobody looks at it any more
  }

  std::mutex mutex_;
  Quorum quorum_;
  Gathered<Root> gathered_;
  Then then_;  // none: it has been called
};

template <class Root, class Then>
void first(size_t k, std::span<const Ref> whom, const Envelope& question, Clock::Duration within, Then then,
           Quorum::Patience patience) {
  const std::vector<Ref> each = distinct(whom);
  auto poll = std::make_shared<Poll<Root>>(k, each.size(), patience, std::move(then));
  if (poll->settled()) return;
  for (const Ref& ref : each)
    ref.with({within, ref.how().retry})
        .template ask<Root>(question, [poll, who = ref.name()](Expected<Answer<Root>> answer) {
          poll->spoke(who, std::move(answer));
        });
}

template <class Root, class Then>
void all(std::span<const Ref> whom, const Envelope& question, Clock::Duration within, Then then) {
  const size_t n = distinct(whom).size();
  first<Root>(n, whom, question, within, std::move(then), Quorum::Patience::until_all_have_spoken);
}

}  // namespace zenops
