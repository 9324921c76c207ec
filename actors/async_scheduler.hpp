#pragma once
#include <deque>
#include <map>
#include <set>

#include "actors/agenda.hpp"
#include "actors/batches.hpp"
#include "actors/conductor.hpp"
#include "actors/delays.hpp"
#include "actors/groups.hpp"
#include "actors/intake.hpp"
#include "actors/wire/async.capnp.h"
#include "aggregation/geometry.hpp"

namespace zenops {

/// scheduler of asynchronous training: gives tasks, says in which order results count, has them judged, and what of it all
/// shards do in which order. A round is as many results as there are workers.
///
///   result of a worker: --Worked--> there --its turn--> in its group's queue --its validator has a row to judge by--> batch
///   batch: --Batch, one of a group at a time--> measured --Plan--> Fold, when all that was decided before it is folded
///   validator: --n / V results of its group--> new task from the newest parameters --Worked--> the row to judge by
///
/// A worker is given its next task when a result has been taken up since it was given the last one: its own at the latest.
/// What it is served, what is folded and where a round ends stands in one list of steps, in an order that depends on the order
/// of results alone; with simulated time that is always the same.
class AsyncScheduler final : public Conductor {
 public:
  struct Habits {
    AsyncOptions async;
    Needs needs;
    uint32_t local_steps = 1;
    bool adopts = false;  // there are blocks that only validators change
  };
  AsyncScheduler(Context& context, Options options, Habits habits, Scorekeeper score, Delays delays, Audience audience);
  Behavior handlers() override;

 private:
  /// What is done when everything before it is done.
  struct Step {
    enum class Kind { fold, serve, adopt, account, note, end_round } kind;
    uint32_t number = 0;       // of the batch, or of the task
    TraineeId who{};           // of a task
    float lr = 0;              // of a task
    WorkerReport worker = {};  // of an account
    std::string words = {};    // of a note
    double time = 0;           // at the end of a round
  };
  struct Trainee {
    uint32_t incarnation = 1, number = 0;  // of its newest task
    uint32_t base = 0;                     // the version of its newest parameters
    uint64_t seen = 0;                     // updates taken up when it was given them
    uint32_t queued = 0;                   // of its results, those in its group's queue
    bool here = true, fell = false;        // fell: its task will have no result
    std::optional<Update> result;          // of its task, whose turn has not come
    std::vector<std::string> falls;        // what is said of them where its turn comes
  };

  void begin();
  void next_round() override;
  OrderCheck::Objection against_evicting(uint32_t worker) const override;
  uint32_t round_of(uint32_t worker) const override;
  void evict_as_ordered();
  void worked(const Msg<wire::Worked>& worked);
  void plan(const Msg<wire::Plan>& plan);
  void committed();
  void fell(const Address& who, bool restarted) override;
  void note_fall(const Address& who, std::string words) override;
  std::vector<std::string> untold_notes() override;
  void returned(const Address& who) override;

  /// Takes the results whose turn it is, as far as they are there.
  void advance();
  void turn_of_worker(TraineeId who);
  void turn_of_validator(TraineeId who);
  /// Takes up what the group can judge.
  void take_up(uint32_t group);
  void take(uint32_t group, const Update& update);
  void count();
  void close_buffer(uint32_t group);
  void send_batch(uint32_t number);
  void send_next_batch(uint32_t group);
  void abandon(uint32_t batch);
  /// Its next task: from the newest parameters, or on from where it stands.
  void give(TraineeId who, bool fresh, bool awaited = true);
  void give_waiting();
  void account(const Update& update, std::string state, uint32_t staleness);
  void lose(TraineeId who);
  /// Tells of its falls with what comes next.
  void tell_falls(Trainee& trainee);

  void go_through_steps();
  bool fold(uint32_t number);
  void serve(const Step& step);
  void adopt(uint32_t group);
  void close_report(double time);

  void watch_for_a_stall();
  void on_stall();

  static std::string name_of(TraineeId who);
  uint32_t group_of(uint32_t worker) const { return zenops::group_of(worker, options_.validators); }
  /// A worker that has two results in the queue waits: what is kept for it has an end.
  bool may_have_another(const Trainee& trainee) const { return trainee.seen < taken_ && trainee.queued < 2; }
  bool needs_direction() const { return habits_.needs.trusted == Trust::validator || habits_.adopts; }
  float task_lr(uint32_t round) const;
  RoundReport open_async_report(uint32_t round);
  double seconds(TraineeId who, uint32_t number) const;

  const Habits habits_;
  const Schedule alpha_;
  Delays delays_;
  Agenda agenda_;
  std::map<TraineeId, Trainee> trainees_;
  std::vector<Intake> intakes_;  // by group
  Batches batches_;
  std::set<uint32_t> waiting_;  // workers that are given a task when the next update is taken up
  std::deque<Step> steps_;
  uint64_t taken_ = 0;                 // updates taken up
  uint32_t decided_ = 0, folded_ = 0;  // batches made, and sent to be folded: the version there will be, there is
  uint32_t counted_ = 0;               // results of the round that is being counted
  uint32_t uncommitted_ = 0;           // answers that shards owe
  RoundReport report_;                 // of the round whose steps are done now
  std::vector<double> losses_;         // of its results
  Clock::Time opened_at_{};
  uint32_t begun_ = 0;   // the newest round before which orders were taken
  uint64_t news_ = 0;    // changes whenever anything came
  uint32_t stalls_ = 0;  // deadlines in a row in which nothing did
};

}  // namespace zenops
