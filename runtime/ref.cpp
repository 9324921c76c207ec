#include "runtime/ref.hpp"

#include <algorithm>

#include "runtime/system.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;

// Where no news comes of who was asked, it is looked for again so often.
constexpr Clock::Duration first_pause = 200ms, longest_pause = 2s;

/// A question that may be put again.
///
///   asked --an answer, no more tries, too late--> over
///   asked --it fell, or nobody is there--> waiting --another life, or the same after a pause--> asked
///   waiting --nobody will come, too late--> over
class Question : public std::enable_shared_from_this<Question> {
 public:
  Question(std::shared_ptr<Speaker> speaker, std::string name, Asking how, Envelope envelope, Speaker::Answered then)
      : speaker_(std::move(speaker)),
        name_(std::move(name)),
        how_(how),
        until_(speaker_->clock().now() + how.within),
        envelope_(std::move(envelope)),
        then_(std::move(then)) {}

  void ask() {
    asked_ = speaker_->incarnation(name_);
    ++tries_;
    pause_ = first_pause;
    speaker_->ask(name_, envelope_, left(),
                  [me = shared_from_this()](Expected<Envelope> answer) { me->answered(std::move(answer)); });
  }

 private:
  Clock::Duration left() const { return std::max(until_ - speaker_->clock().now(), Clock::Duration{}); }

  void answered(Expected<Envelope> answer) {
    if (answer) return then_(std::move(answer));
    if (answer.error().code == Ec::timeout) return too_late();  // its own words would give the last try's time
    if (answer.error().code != Ec::unreachable || tries_ == how_.retry.tries) return then_(std::move(answer));
    why_ = std::move(answer.error().what);
    wait();
  }

  void wait() {
    if (left() <= Clock::Duration{}) return too_late();
    speaker_->await(name_, asked_, std::min(pause_, left()),
                    [me = shared_from_this()](Expected<void> came) { me->waited(came); });
  }

  void waited(const Expected<void>& came) {
    if (left() <= Clock::Duration{}) return too_late();
    if (came) return ask();
    if (came.error().code != Ec::timeout) return then_(fail(Ec::unreachable, why_));
    // The message may have been lost, and not whoever was asked.
    if (speaker_->incarnation(name_) != 0) return ask();
    pause_ = std::min(2 * pause_, longest_pause);
    wait();
  }

  void too_late() {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(how_.within).count();
    then_(fail(Ec::timeout, name_ + " did not answer within " + std::to_string(ms) + " ms" +
                                (why_.empty() ? "" : "; before: " + why_)));
  }

  const std::shared_ptr<Speaker> speaker_;
  const std::string name_;
  const Asking how_;
  const Clock::Time until_;
  const Envelope envelope_;
  const Speaker::Answered then_;
  int tries_ = 0;
  uint32_t asked_ = 0;  // the life that was
  Clock::Duration pause_ = first_pause;
  std::string why_;  // it was not answered
};

}  // namespace

Ref::Ref(std::shared_ptr<Speaker> speaker, std::string name, Asking how)
    : speaker_(std::move(speaker)), name_(std::move(name)), how_(how) {
  how_.within = std::clamp<Clock::Duration>(how_.within, 0s, 24h);
  how_.retry.tries = std::max(how_.retry.tries, 1);
}

OutsideRef::OutsideRef(System& system, std::string name, Asking how) : Ref(system.outside(), std::move(name), how) {}

void Ref::ask(Envelope question, Speaker::Answered then) const {
  if (how_.retry.tries == 1) return speaker_->ask(name_, std::move(question), how_.within, std::move(then));
  std::make_shared<Question>(speaker_, name_, how_, std::move(question), std::move(then))->ask();
}

Error no_such_answer(const std::string& who, capnp::StructSchema wanted) {
  return {Ec::unexpected, who + " answered with a message that is no " + wanted.getShortDisplayName().cStr()};
}

}  // namespace zenops
