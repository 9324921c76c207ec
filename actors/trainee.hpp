#pragma once
#include "actors/gathering.hpp"
#include "actors/wire/compose.hpp"
#include "actors/wire/door.hpp"
#include "runtime/actor.hpp"

namespace zenops {

/// What workers and validators have in common: when a round opens they pull its parameters from the shards and train.
///
///   idle --Open--> pulling --last Parameters--> training --trained()--> idle
///
/// An Open that comes while training waits for its end; only the newest waits.
class Trainee : public Actor {
 protected:
  /// `compression`: of what trained() sends.
  Trainee(Context& context, Layout layout, uint32_t shards, CompressionOptions compression = {});
  void open(const Msg<wire::Open>& open);
  void parameters(const Msg<wire::Parameters>& parameters);
  virtual void train(uint32_t round, float lr, std::vector<Row> parameters) = 0;
  /// Whoever trains says so when it has ended: it sends its update to the shards and its account to the scheduler.
  void trained(uint32_t round, const Row& update, const std::vector<bool>& sent, float loss, double seconds);
  /// The same for a round in which it sends nothing.
  void trained(uint32_t round, float loss, double seconds);
  /// For a round whose parameters are all that was wanted.
  void rested();
  uint32_t shards() const { return static_cast<uint32_t>(ranges_.size()); }
  const Layout& layout() const { return layout_; }

 private:
  struct Opened {
    uint32_t round = 0;
    float lr = 0;
  };
  void pull(Opened opened);
  void account(uint32_t round, float loss, double seconds);
  Layout layout_;
  CompressionOptions compression_;
  std::vector<ShardRange> ranges_;
  Gathering gathering_;
  Opened current_, waiting_;
  bool training_ = false;
  Clock::Time opened_at_{};
  double pull_seconds_ = 0;
};

}  // namespace zenops
