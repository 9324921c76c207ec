#pragma once
#include <functional>

#include "actors/gathering.hpp"
#include "actors/pace.hpp"
#include "actors/reports.hpp"
#include "actors/roster.hpp"
#include "actors/scorekeeper.hpp"
#include "models/schedule.hpp"
#include "runtime/actor.hpp"

namespace zenops {

/// scheduler: opens rounds, hands all shards one decision, closes rounds.
///
///   idle --Start--> open --plans or deadline--> applying --all Committed--> handing over, when due --Held--> open …
///   … --last Committed--> handing over --Held--> evaluating --Evaluated--> finishing
///
/// A version that is to be evaluated or kept is handed to the evaluator; the next round opens as soon as it has it.
/// What the operator says takes effect before the next round opens.
class Scheduler final : public Actor {
 public:
  struct Options {
    uint32_t rounds, workers, validators, shards;
    uint32_t eval_every;  // rounds between two evaluations; 0: an epoch
    Pace pace;
    uint32_t keep_every;  // rounds between two checkpoints; 0: none
    float lr;           // the whole of it; SetLr says another
    Schedule schedule;  // the share of it that each round gets
    Clock::Duration deadline;  // of a round's rows; everything else gets as long again
  };
  /// Who is told of the run; called from the actor.
  struct Audience {
    std::function<void(const RoundReport&)> round;
    std::function<void(Expected<TrainingResult>)> end;
  };
  Scheduler(Context& context, Options options, Scorekeeper score, Audience audience);
  Behavior handlers() override;

 private:
  enum class Phase { idle, open, applying, handing_over, evaluating, finishing };
  void open_round();
  void worked(const Msg<wire::Worked>& worked);
  void plan(const Msg<wire::Plan>& plan);
  void apply();
  void committed(const Msg<wire::Committed>& committed);
  void held(const Msg<wire::Held>& held);
  void evaluated(const Msg<wire::Evaluated>& evaluated);
  void down(const Msg<wire::Down>& down);
  void up(const Msg<wire::Up>& up);
  void set_attack(const Msg<wire::SetAttack>& change);
  void stop();
  void parameters(const Msg<wire::Parameters>& parameters);

  void close_round(bool score);
  void publish();
  void hand_over(bool score, bool keep);
  void go_on();
  void finish();
  void fail(std::string why);
  /// Fails the run unless the phase has moved on within `d`.
  void expect_progress(Clock::Duration d, const std::string& otherwise);
  double seconds_since(Clock::Time t);

  const Options options_;
  Scorekeeper score_;
  Audience audience_;
  Phase phase_ = Phase::idle;
  uint32_t progress_ = 0;  // changes with every phase
  Roster roster_;
  std::vector<Member> members_;  // of the open round
  uint32_t round_ = 0, version_ = 0;
  std::optional<uint32_t> asked_version_, evaluated_version_;  // the newest of which scores were asked for, came
  struct {
    bool score = false, keep = false;
  } handed_;  // what the evaluator was asked to do with the version it got last
  float lr_ = 0, whole_lr_;
  std::map<uint32_t, Envelope> attacks_;          // the newest SetAttack of each worker
  std::map<uint32_t, Envelope> waiting_attacks_;  // said since the round opened
  bool stop_ = false;
  std::vector<std::string> notes_;

  Clock::Time opened_at_{}, last_worked_at_{};
  std::vector<Envelope> plans_;  // by group; without words: it did not come
  std::vector<bool> came_, committed_;
  RoundReport report_;  // of the open round
  Reports reports_;     // of the closed ones
  std::map<uint32_t, double> losses_;
  TrainingResult result_;
  Gathering gathering_;
};

}  // namespace zenops
