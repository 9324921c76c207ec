#pragma once
#include "actors/conductor.hpp"
#include "actors/reputation.hpp"
#include "actors/roster.hpp"

namespace zenops {

/// scheduler: opens rounds, hands all shards one decision, closes rounds.
///
///   idle --next_round()--> open --plans or deadline--> applying --all Committed--> idle
///
/// What the operator says takes effect before the next round opens.
class Scheduler final : public Conductor {
 public:
  Scheduler(Context& context, Options options, Scorekeeper score, Audience audience);
  Behavior handlers() override;

 private:
  enum class Phase { idle, open, applying };
  void next_round() override;
  void worked(const Msg<wire::Worked>& worked);
  void plan(const Msg<wire::Plan>& plan);
  void apply();
  void committed(const Msg<wire::Committed>& committed);
  void fell(const Address& who, bool restarted) override;
  void returned(const Address& who) override;
  RoundReport closed_report();
  /// What the round says about who sends it, and what follows.
  void judge_workers();

  Phase phase_ = Phase::idle;
  Roster roster_;
  Reputation reputation_;
  std::vector<Member> members_;                   // of the open round

  Clock::Time opened_at_{}, last_worked_at_{};
  std::vector<Envelope> plans_;  // by group; without words: it did not come
  std::vector<bool> came_, committed_;
  RoundReport report_;  // of the open round
  std::map<uint32_t, double> losses_;
};

}  // namespace zenops
