#pragma once
#include <functional>
#include <set>

#include "actors/chronicle.hpp"
#include "actors/gate.hpp"
#include "actors/gathering.hpp"
#include "actors/order_check.hpp"
#include "actors/orders.hpp"
#include "actors/pace.hpp"
#include "actors/reports.hpp"
#include "actors/scorekeeper.hpp"
#include "actors/snapshots.hpp"
#include "actors/wire/operator.capnp.h"
#include "actors/wire/training.capnp.h"
#include "models/schedule.hpp"
#include "runtime/actor.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {

/// What the schedulers of both modes have in common: versions that are evaluated and kept, reports in their order, what the operator
/// says, the end.
///
///   coming --go_on()--> training --end_round(), when due--> handing over --Held--> training …
///   … training --end_round(), while the gate is shut--> paused --Resume, Step--> training …
///   paused --the evaluations that are due have come--> paused, Step is answered
///   … --end_round() of the last--> handing over --Held--> evaluating --Evaluated--> finishing
///   any --suspend()--> suspended --go_back() or resume()--> as before
///
/// A version that is to be evaluated or kept is handed to the evaluator; training goes on as soon as it has it.
class Conductor : public Actor {
 public:
  struct Options {
    uint32_t rounds, workers, validators, shards;
    uint32_t eval_every;  // rounds between two evaluations; 0: an epoch
    Pace pace;
    uint32_t keep_every;  // rounds between two checkpoints; 0: none
    float lr;             // the whole of it; SetLr says another
    Schedule schedule;    // the share of it that each round gets
    Clock::Duration deadline;  // of what is waited for
    std::string rule = {};     // as evidence names it
    ReputationOptions reputation = {};
    std::shared_ptr<const OrderCheck> check = {};  // null: the operator may change nothing
    bool adversary = false;  // there is one, that is told of rounds
  };
  /// Who is told of the run; called from the actor.
  struct Audience {
    std::function<void(const RoundReport&)> round;
    std::function<void(Expected<TrainingResult>)> end;
  };

 protected:
  Conductor(Context& context, Options options, Scorekeeper score, Audience audience);
  /// With what the evaluator, the shards and the operator say to either scheduler.
  Behavior handlers() override;
  std::string summary() const override;
  /// May be called when the parameters have the version that is the newest; nothing is changed while training is not on.
  virtual void next_round() = 0;
  /// The report of a new round, with what is known when it opens.
  RoundReport open_report(uint32_t round);
  float lr(uint32_t round) const { return changes_.lr * options_.schedule.share(round); }
  /// Round `report.round` has made `version`, and every shard has that. Goes on with next_round() when it may, or ends the run.
  void end_round(RoundReport report, uint32_t version);
  /// After every round and, `last`, when there will be no other: whether something is done first. Whoever does it says when, by saved().
  virtual bool save(bool /*last*/) { return false; }
  void saved();
  /// Somebody waits for a snapshot; and why it came to none.
  bool wants_saving() const;
  void not_saved(const std::string& why);
  /// For a while nothing is expected of the actors; then what was under way is begun again.
  void suspend();
  void resume();
  /// The newest round is that one; `version` is what it made. It was told, or will not be told again.
  void go_back(uint32_t round, uint32_t version);
  /// The same, with what the operator had said until then.
  void go_back(const Snapshot& snapshot, uint32_t version);
  /// What a snapshot has of this actor.
  void describe(Snapshot& snapshot) const;
  /// As good as told: the run begins after that round.
  void skip_to(const Snapshot& snapshot);
  /// Writes it, off this thread, as soon as the rounds until then have been told; what comes to nothing is said.
  void write(std::shared_ptr<const Snapshot> snapshot);
  bool writes() const { return unwritten_ != nullptr; }
  /// What is not on the disk yet; null: nothing.
  std::shared_ptr<const Snapshot> unwritten() const { return unwritten_; }
  uint32_t closed() const { return closed_; }
  uint32_t version() const { return version_; }
  /// Whether a round of that number will be reported: it is not made again.
  bool news(uint32_t round) const { return round > told_; }
  bool ended() const { return ended_; }
  /// What the operator had made of that worker's attack; none: it is the configuration's.
  const AttackOptions* attack(uint32_t worker) const;
  /// All that is not as the configuration says, by worker.
  const std::map<uint32_t, AttackOptions>& changed_attacks() const { return changes_.attacks; }
  /// What the operator has set in place of the configuration's rule.
  const std::optional<RuleChoice>& rule() const { return changes_.rule; }
  std::string name_of_rule() const { return rule() ? rule()->rule.name : options_.rule; }
  bool made_honest(uint32_t worker) const { return made_honest_.contains(worker); }
  /// The next round, or the end.
  void go_on();
  bool training() const { return phase_ == Phase::training; }
  bool finishing() const { return phase_ == Phase::finishing; }
  bool stopped() const { return stop_; }
  void fail(std::string why);
  /// The run has failed: whatever still comes changes nothing.
  virtual void halt() {}
  /// Fails the run unless the phase has moved on within `d`.
  void expect_progress(Clock::Duration d, const std::string& otherwise);
  /// Something that was waited for has come.
  void progressed() { ++progress_; }
  double seconds_since(Clock::Time t);
  /// Somebody fell, and is restarted or given up; came back. What that changes for the evaluator and for attacks is done.
  virtual void fell(const Address& who, bool restarted) = 0;
  /// What is said of a fall; it stands in the next report unless another place is known. Before fell().
  virtual void note_fall(const Address& /*who*/, std::string words) { note(std::move(words)); }
  virtual void returned(const Address& who) = 0;
  /// What the operator has said takes effect before that round.
  void take_orders(uint32_t round);
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }
  void note(std::string note) { notes_.push_back(std::move(note)); }
  /// Somebody whom the operator wants to have evicted.
  struct Eviction {
    uint32_t worker, round;  // before which it goes
    std::string why;
  };
  /// Why a worker cannot be evicted or readmitted now, beside what the options say.
  virtual OrderCheck::Objection against_evicting(uint32_t worker) const = 0;
  virtual OrderCheck::Objection against_readmitting(uint32_t) const { return "no reputation is kept"; }
  virtual void readmit(uint32_t /*worker*/) {}
  /// In which of its rounds that worker is now, or will be next.
  virtual uint32_t round_of(uint32_t /*worker*/) const { return told_ + 1; }
  /// "trusted", …; empty: no reputation is kept.
  virtual std::string standing_of(uint32_t /*worker*/) const { return {}; }
  /// Those who go before that round; each is told of once.
  std::vector<Eviction> take_evictions(uint32_t round);
  /// No round is under way: what is waiting is done now. Whether it is; otherwise it is when the next begins.
  virtual bool evict_while_paused() { return false; }
  /// What no report has told.
  virtual std::vector<Evidence> untold_evidence() { return {}; }
  virtual std::vector<std::string> untold_notes() { return take_notes(); }
  /// And what is said of the one whose life that is, for the report of that round.
  Evidence evict(const Eviction& eviction, uint32_t incarnation, std::vector<std::string> rows_sha256);
  void tell_shards(const Envelope& envelope);
  /// That life of a worker ends; another follows it.
  void evict(uint32_t worker, uint32_t incarnation, const std::string& why);

  const Options options_;
  std::shared_ptr<Snapshots> snapshots_;  // null: none are written
  Scorekeeper score_;
  TrainingResult result_;
  uint32_t round_ = 0;  // the newest that was opened

 private:
  enum class Phase { coming, training, paused, handing_over, evaluating, finishing, suspended };
  /// What the operator has changed.
  struct Changes {
    float lr = 0;
    std::map<uint32_t, AttackOptions> attacks = {};  // or an eviction
    std::optional<RuleChoice> rule = {};
  };
  /// Who waited for rounds that are done, and hears of it when the evaluations due until then have come.
  struct WaitingForEvaluation {
    uint32_t round;
    Gate::Reply reply;
  };
  struct WaitingForSnapshot {
    Gate::Reply reply;
    std::optional<uint32_t> round;  // of the snapshot that is made for it
  };
  std::string rule_in_words(const Changes& changes) const;
  void held(const Msg<wire::Held>& held);
  void evaluated(const Msg<wire::Evaluated>& evaluated);
  void parameters(const Msg<wire::Parameters>& parameters);
  void down(const Msg<wire::Down>& down);
  void up(const Msg<wire::Up>& up);
  void stop();
  void pause();
  void step(const Msg<wire::Step>& step);
  void resume_rounds();
  void survey(uint32_t since);
  void set_lr(const Msg<wire::SetLr>& order);
  void set_attack(const Msg<wire::SetAttack>& order);
  void set_rule(const Msg<wire::SetRule>& order);
  void evict_worker(const Msg<wire::EvictWorker>& order);
  void readmit_worker(const Msg<wire::ReadmitWorker>& order);
  void save_run();
  /// Answers; whether the order is taken.
  bool take(const OrderCheck::Objection& why, const std::string& words);
  void note_order(const std::string& words);
  void refuse(const std::string& why);
  OrderCheck::Objection too_late() const;
  /// The first round for which an order counts that is said now.
  uint32_t counts_from() const { return std::max(orders_.next(), told_ + 1); }
  void change(Changes& changes, const Envelope& order) const;
  Changes changes_to_come() const;
  std::string phase() const;
  Envelope standing(uint32_t since = 0) const;
  void answer(const std::vector<Gate::Reply>& whose) const;
  /// Answers who waited for the round that has ended; `shut`: no other follows, whatever was waited for.
  void answer_the_gate(bool shut);
  void answer_the_evaluated();
  void answer_the_last(const Envelope& with, const std::string& no_snapshot);
  void publish();
  void hand_over(bool score, bool keep);
  void finish();
  void write_if_told();
  void end();

  Audience audience_;
  Phase phase_ = Phase::coming, suspended_in_ = Phase::coming;
  uint32_t progress_ = 0;  // changes with every phase
  uint32_t closed_ = 0, version_ = 0;  // the newest round that ended, and what it made
  uint32_t told_ = 0;                  // the newest round that was ever reported
  bool handing_ = false;               // handed_ is to follow when the round is saved
  std::optional<uint32_t> asked_, evaluated_;  // the newest round whose scores were asked for, came
  struct {
    bool score = false, keep = false;
  } handed_;  // what the evaluator was asked to do with the version it got last
  std::map<std::string, Bytes> traffic_;  // until the last round ended
  bool stop_ = false, ended_ = false;
  Gate gate_;
  std::vector<WaitingForEvaluation> stepped_;
  uint32_t overdue_ = 0;  // evaluations until that round hold up nobody
  Chronicle chronicle_;
  Orders orders_;
  std::map<uint32_t, std::vector<std::string>> order_notes_;  // by the round for which the order counts
  std::vector<Eviction> evictions_;
  std::map<uint32_t, uint32_t> evicted_before_;  // worker → the round before which the operator had it evicted last
  std::vector<WaitingForSnapshot> saves_;
  const Scorekeeper configured_score_;
  Changes changes_;
  std::set<uint32_t> made_honest_;             // workers that follow evicted ones
  std::shared_ptr<const Snapshot> unwritten_;
  bool writing_ = false;
  std::vector<std::string> notes_;                // of who fell, for the next report
  Reports reports_;
  Gathering gathering_;
};

}  // namespace zenops
