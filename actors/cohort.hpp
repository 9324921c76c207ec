#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/rows.hpp"
#include "models/joint_training.hpp"
#include "models/local_training.hpp"

namespace zenops {

/// Workers of one process that begin a round at the same parameters: the gradients of their first local steps are computed in one pass
/// of the network (models/joint_replica.hpp), and then those of the further ones, each at the weights to which its worker has come
/// (models/joint_training.hpp), by whoever of them comes first; the others wait for it, and take a part of what is to be done for each by
/// itself. Each says for each round either that it enters or that it passes, before it asks. Thread-safe.
///
///   gathering --all have entered or passed, or patience is over--> computing --> done --a later round--> gathering
class Cohort {
 public:
  struct Options {
    std::vector<uint32_t> workers;
    /// Makes what computes for them all, on the thread that computes first.
    std::function<std::unique_ptr<JointReplica>()> make;
    /// Called by each thread that computes, before.
    std::function<void()> prepare_thread = [] {};
    /// How long those that entered wait for one that did neither, who is then no longer waited for until it has come again; and for
    /// those who still use the gradients of the round before.
    Clock::Duration patience = std::chrono::seconds(1);
    std::shared_ptr<Clock> clock = std::make_shared<SystemClock>();
  };
  explicit Cohort(Options options);

  /// Fills a batch with the samples of the worker's first local step; false: the worker is gone.
  using Draw = std::function<bool(Batch&)>;
  /// `round`: a number that grows. Who enters gets its gradient once from gradient(), or computes it alone. Where it takes further steps,
  /// it gets those that were taken with others instead.
  void enter(uint32_t round, uint32_t worker, std::vector<Row> parameters, Draw draw, LocalSteps local = {});
  void pass(uint32_t round, uint32_t worker);

  /// Of the worker's first batch, at its parameters; it stays as it is as long as this lives.
  class Lease {
   public:
    const KnownGradient& operator*() const { return known_; }
    /// Null: the gradient is what there is; otherwise that has been used.
    const TakenSteps* taken() const { return taken_ ? &*taken_ : nullptr; }

   private:
    friend class Cohort;
    Lease(Cohort& cohort, KnownGradient known) : cohort_(&cohort, Ended{}), known_(std::move(known)) {}
    Lease(Cohort& cohort, TakenSteps taken) : cohort_(&cohort, Ended{}), taken_(std::move(taken)) {}
    struct Ended {
      void operator()(Cohort* cohort) const;
    };
    std::unique_ptr<Cohort, Ended> cohort_;
    KnownGradient known_;
    std::optional<TakenSteps> taken_;
  };
  /// Waits until all have entered or passed, and for whoever computes. Nothing where it is to be computed alone: the round is over or
  /// the worker did not enter, its parameters or the shape of its batch are not those of the others, its batch could not be drawn, nobody
  /// else entered, or a joint pass has failed, now or before. That it has throws once, for the first who asks after it; from then on
  /// everybody computes alone, also the steps that the failed pass has not come to.
  std::optional<Lease> gradient(uint32_t round, uint32_t worker);
  /// Whose gradients a thread computes, where they are to be, rather than wait for those of this one: in one process they would have to
  /// come one after the other. They outlive this.
  void help(std::vector<Cohort*> others) { others_ = std::move(others); }

 private:
  struct Entry {
    std::vector<Row> parameters;
    Draw draw;
    LocalSteps local;
    std::optional<size_t> place = {};  // in the joint pass
    float loss = 0;
  };
  /// What is done for each member of a pass by itself, by whoever waits for it.
  struct Shared {
    const std::function<void(size_t)>* work = nullptr;
    size_t count = 0, next = 0, left = 0;
    std::exception_ptr failed = {};  // of what one of them threw
    bool more() const { return next < count; }
  };
  enum class Stage { gathering, computing, done };
  using Lock = std::unique_lock<std::mutex>;
  bool complete() const;
  void turn_to(uint32_t round);
  /// Notes who has neither entered nor passed.
  void miss();
  /// What is complete, or has been waited for long enough. Throws nothing: see failure_.
  void compute(Lock& lock);
  void compute_together(Lock& lock);
  void share(size_t count, const std::function<void(size_t)>& work);
  void do_one(Lock& lock);
  /// Computes what is complete and can be begun at once. Whether there was that.
  bool try_compute();
  bool help_others() const;

  /// Those who wait look at the clock again then.
  void set_alarm(Clock::Time when);
  /// Whether nobody uses the gradients of the round before any more, while patience lasts.
  bool await_readers(Lock& lock);

  /// What a clock may still ring when the cohort is gone.
  struct Bell {
    std::mutex mutex;
    std::condition_variable changed;
  };

  const Options options_;
  std::vector<Cohort*> others_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::mutex& mutex_ = bell_->mutex;
  std::condition_variable& changed_ = bell_->changed;
  uint32_t round_ = 0;
  Stage stage_ = Stage::gathering;
  std::optional<Clock::Time> begun_;   // when the first entered
  bool alarm_set_ = false;             // for the end of patience with those who did not
  std::map<uint32_t, Entry> entries_;  // by worker
  std::set<uint32_t> passed_, missed_;
  size_t leases_ = 0;
  bool computes_ = false;  // somebody, perhaps of a round that is over
  bool alone_ = false;     // a pass has failed
  std::string failure_;    // that nobody has been told of yet
  std::unique_ptr<JointReplica> replica_;
  std::vector<Batch> batches_;
  std::vector<JointTrainee> trainees_;  // of the last pass, by place; none: its first steps were all
  Shared shared_;
  double seconds_ = 0;  // of the last pass, for each of its members
};

/// A run's cohorts; a process uses those of its own workers.
class Cohorts {
 public:
  explicit Cohorts(std::vector<Cohort::Options> cohorts);
  /// Null: the worker computes alone.
  Cohort* of(uint32_t worker) const;

 private:
  std::vector<std::unique_ptr<Cohort>> cohorts_;
  std::map<uint32_t, Cohort*> by_worker_;
};

}  // namespace zenops
