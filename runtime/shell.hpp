#pragma once
#include <caf/event_based_actor.hpp>

#include "runtime/system_state.hpp"

namespace zenops {

/// The CAF actor around an actor of ours.
class System::Shell final : public caf::event_based_actor, private Context {
 public:
  Shell(caf::actor_config& config, std::shared_ptr<State> state, std::shared_ptr<Resident> resident,
        std::shared_ptr<const Factory> factory, Fell fell);

  caf::behavior make_behavior() override;
  /// What it does with what comes, when nobody has frozen it.
  caf::behavior awake();
  void on_exit() override;
  const char* name() const override { return "zenops"; }
  /// Also of one that has ended.
  const Resident& resident() const { return *resident_; }
  /// From this actor, on its thread.
  void send_to(const caf::actor& to, Envelope envelope) { send(to, std::move(envelope)); }

 private:
  /// The actor of ours that sent it; null: somebody else, or nobody.
  static const Shell* shell_of(const caf::strong_actor_ptr& sender);
  /// Whether it comes from this actor; otherwise it is refused.
  bool is_from_itself();
  void receive(const Envelope& envelope);
  void receive(const Parcel& parcel);
  void handle(const Envelope& envelope);
  void refuse(Ec code);
  /// What every actor answers to, whatever it is. Whether it is one of those messages.
  bool answers_as_an_actor(const Envelope& envelope);
  /// From now on whatever comes waits until wire::Thaw; only that, wire::Describe and wire::Kill are heard.
  void freeze();
  void thaw();
  bool is_heard_frozen(const caf::message& message);
  /// Whether nothing was thrown; otherwise this life ends.
  template <class F>
  bool guarded(F f);
  void fall(Cause cause, std::string why);

  const Address& self() const override { return resident_->address; }
  const Address& sender() const override { return sender_; }
  uint64_t origin() const override;
  Clock& clock() override { return state_->clock; }
  Pool& pool() override { return state_->pool; }
  std::shared_ptr<Memory> memory() override;
  void tell(const std::string& name, Envelope envelope) override;
  void ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) override;
  void reply(Envelope envelope) override;
  Reply replier() override;
  uint32_t incarnation(const std::string& name) const override { return state_->incarnation(name); }
  void await(const std::string& name, uint32_t but, Clock::Duration within, Came then) override;
  bool lives(const Address& address) const override;
  void watch() override;
  void log(const std::string& line) override { state_->options.log(line); }
  void end() override { fall(Cause::ended, "it has done its work"); }
  void kill(const std::string& name) override;
  void evict(const Address& who, const std::string& why) override;
  std::optional<Envelope> kept() const override;
  void store(Envelope state, Keeping then) override;
  std::map<std::string, Bytes> traffic() const override { return state_->traffic.totals(); }
  Post post() override;

  std::shared_ptr<State> state_;
  const std::shared_ptr<Resident> resident_;
  std::shared_ptr<const Factory> factory_;
  Fell fell_;  // empty: the system itself sees to it
  std::unique_ptr<Actor> actor_;
  Behavior behavior_;
  Address sender_;
  Traffic::Kind* sender_kind_ = nullptr;
  uint64_t origin_ = 0, request_ = 0;  // of the message that is being handled: its process, 0 for ours; its number
  Cause cause_ = Cause::crashed;
  std::string why_ = "it ended";
  uint64_t malformed_ = 0;  // only the first is logged: a liar must not fill the log
  uint64_t handled_ = 0;    // messages
  bool frozen_ = false;
};

}  // namespace zenops
