#pragma once
#include "actors/conductor.hpp"
#include "actors/roster.hpp"
#include "actors/scorekeeper.hpp"

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
  void down(const Msg<wire::Down>& down);
  void up(const Msg<wire::Up>& up);
  void set_attack(const Msg<wire::SetAttack>& change);
  RoundReport closed_report();

  Scorekeeper score_;
  Phase phase_ = Phase::idle;
  Roster roster_;
  std::vector<Member> members_;                   // of the open round
  std::map<uint32_t, Envelope> attacks_;          // the newest SetAttack of each worker
  std::map<uint32_t, Envelope> waiting_attacks_;  // said since the round opened
  std::vector<std::string> notes_;

  Clock::Time opened_at_{}, last_worked_at_{};
  std::vector<Envelope> plans_;  // by group; without words: it did not come
  std::vector<bool> came_, committed_;
  RoundReport report_;  // of the open round
  std::map<uint32_t, double> losses_;
};

}  // namespace zenops
