#pragma once
#include <set>

#include "actors/conductor.hpp"
#include "actors/open_round.hpp"
#include "actors/reputation.hpp"
#include "actors/retrieval.hpp"
#include "actors/roster.hpp"
#include "actors/saving.hpp"
#include "actors/wire/collusion.capnp.h"

namespace zenops {

/// scheduler: opens rounds, hands all shards one decision, closes rounds.
///
///   idle --next_round()--> open --plans or deadline--> applying --all Committed--> saving, when due --> idle
///   any --a shard fell--> waiting --it is back--> recalling --it has its part--> idle, the round is opened again
///                                                 nobody has it, or faults are exact --> restoring --> idle, after the snapshot's round
///
/// What the operator says takes effect before the next round opens.
class Scheduler final : public Conductor {
 public:
  /// What a run does about falls.
  struct Survival {
    FaultOptions faults = {};
    uint32_t every = 0;                          // rounds between two snapshots; 0: none
    std::shared_ptr<Snapshots> snapshots = {};   // where they go; null: nowhere
    std::shared_ptr<const Snapshot> start = {};  // after which the run begins; null: nobody can go back to the beginning
    std::vector<ShardRange> ranges = {};         // of the shards; as many as there are, or none where nobody is restarted
    bool moments = false;                        // their optimizer remembers the rounds before, and a shard that falls does not
  };
  Scheduler(Context& context, Options options, Survival survival, Scorekeeper score, Audience audience);
  Behavior handlers() override;

 private:
  enum class Phase { idle, replacing, open, applying, saving, waiting, recalling, restoring };
  void start();
  void next_round() override;
  void worked(const Msg<wire::Worked>& worked);
  void plan(const Msg<wire::Plan>& plan);
  void apply();
  void committed(const Msg<wire::Committed>& committed);
  RoundReport closed_report();
  /// Whether shards remember something for the rule that judges now; one that falls does not.
  bool rule_remembers() const;

  bool exact() const { return survival_.faults.mode == FaultOptions::Mode::exact; }
  void inject(Fault::At at);
  std::vector<std::string> shards() const;
  std::vector<std::string> trainees() const;  // that are there
  std::vector<std::string> whoever_has_a_state() const;  // but the shards
  void uninformed(const Msg<wire::Uninformed>& uninformed);

  void halt() override { phase_ = Phase::idle; }
  bool save(bool last) override;
  void saved(const Msg<wire::Saved>& saved);
  void keep();
  void give_up_saving(const std::string& why);

  void fell(const Address& who, bool restarted) override;
  void returned(const Address& who) override;
  /// What the round says about who sends it, and what follows.
  void judge_workers();
  bool evicts() const { return options_.reputation.mode == ReputationOptions::Mode::evict; }
  OrderCheck::Objection against_evicting(uint32_t worker) const override;
  OrderCheck::Objection against_readmitting(uint32_t worker) const override;
  void readmit(uint32_t worker) override;
  std::string standing_of(uint32_t worker) const override;
  /// Whoever is barred and still there is evicted, and whom the operator wants to go. Whether somebody is waited for.
  bool replace_the_barred();
  void evict_as_ordered();
  bool evict_while_paused() override {
    evict_as_ordered();
    return true;
  }
  std::vector<Evidence> untold_evidence() override { return std::move(evidence_); }
  void replaced(uint32_t worker);
  /// Nothing goes on before whoever fell is back.
  void interrupt(const std::string& who);
  void keep_notes();
  void open_again();
  void recover();
  void recall();
  /// Who may have parts of versions; those first whom nobody calls liars.
  std::vector<std::string> holders() const;
  void recalled(const Msg<wire::Recalled>& recalled);
  void go_on_as_before();
  void fall_back();
  void restore(std::shared_ptr<const Snapshot> snapshot);
  Envelope restoration(uint32_t version, const ActorState& state, const std::string& who = {}) const;
  void restored(const Msg<wire::Restored>& restored);
  void all_restored();

  Survival survival_;
  Phase phase_ = Phase::idle;
  Roster roster_;
  Reputation reputation_;
  uint32_t opening_ = 0;         // the number under which a round was opened last
  std::vector<Member> members_;  // of the open round

  Clock::Time opened_at_{}, last_worked_at_{};
  OpenRound open_round_;                        // or the last that was
  RoundReport report_;                          // of it
  std::set<uint32_t> awaited_lives_;            // workers that were evicted and are not replaced yet
  uint32_t replacing_ = 0;                      // how often somebody was waited for
  std::map<uint32_t, uint32_t> evicted_lives_;  // by worker, the newest life that was evicted
  std::vector<Evidence> evidence_;              // of the operator's evictions, for the next report
  std::vector<bool> injected_;                  // which of the faults

  uint32_t ticket_ = 0;
  Saving saving_;
  std::optional<uint32_t> saved_;         // the newest round of which there is a snapshot, or cannot be one
  std::shared_ptr<const Snapshot> last_;  // where everybody can go back to without the disk

  Retrieval retrieval_;
  Phase interrupted_ = Phase::idle;
  std::set<std::string> gone_;  // who fell and is not back
  std::set<std::string> down_;  // those of them who are waited for
  std::shared_ptr<const Snapshot> restoring_;
  std::set<std::string> awaited_;   // who has not said that it is restored
  std::vector<uint64_t> restored_;  // hashes of what shards were restored to
};

}  // namespace zenops
