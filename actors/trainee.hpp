#pragma once
#include <functional>
#include <optional>

#include "actors/actor_state.hpp"
#include "actors/gathering.hpp"
#include "actors/wire/compose.hpp"
#include "actors/wire/door.hpp"
#include "runtime/actor.hpp"

namespace zenops {

/// What workers and validators have in common: when a round opens they pull its parameters from the shards and train.
///
///   idle --Open--> pulling --last Parameters--> training --trained()--> idle
///
/// An Open that comes while training waits for its end; only the newest waits. A round that is opened again is not trained again:
/// what was made of it is sent once more. Save and Restore, too, wait for the end of training.
class Trainee : public Actor {
 protected:
  /// `compression`: of what trained() sends.
  Trainee(Context& context, Layout layout, uint32_t shards, CompressionOptions compression = {});
  /// With what the scheduler asks of either.
  Behavior handlers() override;
  std::string summary() const override;
  void open(const Msg<wire::Open>& open);
  void parameters(const Msg<wire::Parameters>& parameters);
  virtual void train(uint32_t round, float lr, std::vector<Row> parameters) = 0;
  /// Its state, to be called on a pool thread while it does not train; and that it goes on from there.
  virtual std::function<ActorState()> saving() {
    return [] { return ActorState{}; };
  }
  /// `attack`: what the operator had made of its own.
  virtual void restore(const ActorState&, std::optional<AttackOptions> /*attack*/) {}
  /// Whether the adversary is shown what it made in that round.
  virtual bool shows(uint32_t /*round*/) const { return false; }
  /// The round that it trains in has another number now.
  virtual void reopened(uint32_t) {}
  /// Whoever trains says so when it has ended: it sends its update to the shards and its account to the scheduler.
  /// Without a loss it has not trained.
  void trained(uint32_t round, const Row& update, const std::vector<bool>& sent, std::optional<float> loss, double seconds);
  /// The same for a round in which it sends nothing.
  void trained(uint32_t round, std::optional<float> loss, double seconds);
  /// It has nothing to send in that round as things are now: if that is opened again, it begins it anew.
  void passed(uint32_t round);
  /// It is there, whatever came of that round.
  void account_of(uint32_t number);
  /// For a round whose parameters are all that was wanted, or that trained() may still end before the next begins.
  void rested();
  uint32_t shards() const { return static_cast<uint32_t>(ranges_.size()); }
  const Layout& layout() const { return layout_; }
  /// The number under which the round that it trains in was opened last.
  uint32_t number() const { return current_.round; }
  /// Whether it trains, or its state is copied: trained() is then for whoever does that.
  bool busy() const { return training_; }
  /// Which of the run's rounds that is.
  uint32_t current_round() const { return current_.step; }

 private:
  struct Opened {
    uint32_t round = 0, step = 0, version = 0;
    float lr = 0;
  };
  /// What it made in a round.
  struct Made {
    uint32_t step = 0;
    bool active = false;
    Row update;
    std::vector<bool> sent;
    std::optional<float> loss = 0;
    bool passed = false;
  };
  void begin(Opened opened);
  void made(Made made, double seconds);
  void tell();
  void account(double seconds);
  void save(const Msg<wire::Save>& save);
  void save_now(uint32_t ticket);
  void restore_now();
  void recall(const Msg<wire::Recall>& recall);
  Layout layout_;
  CompressionOptions compression_;
  std::vector<ShardRange> ranges_;
  Gathering gathering_;
  Opened current_, waiting_;
  bool training_ = false;
  Made made_;                        // of the newest round that it has ended
  std::vector<Row> pulled_;          // the parameters that came last
  uint32_t pulled_version_ = 0;
  std::optional<uint32_t> save_;     // the ticket of a Save that waits
  std::optional<Envelope> restore_;  // that waits
  uint32_t restored_ = 0;            // the ticket of the newest
  Clock::Time opened_at_{};
  double pull_seconds_ = 0;
};

}  // namespace zenops
