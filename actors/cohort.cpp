#include "actors/cohort.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

#include "actors/gathering.hpp"

namespace zenops {
namespace {

/// Bit for bit: the same memory, as a rule.
bool same(const std::vector<Row>& a, const std::vector<Row>& b) {
  return std::ranges::equal(a, b, [](const Row& one, const Row& other) {
    return one.size() == other.size() && (one.view().data() == other.view().data() || std::ranges::equal(one.view(), other.view()));
  });
}

}  // namespace

Cohort::Cohort(Options options) : options_(std::move(options)) {}

void Cohort::turn_to(uint32_t round) {
  if (round <= round_) return;
  if (round_ > 0 && stage_ == Stage::gathering) miss();
  round_ = round;
  stage_ = Stage::gathering;
  entries_.clear();
  passed_.clear();
  begun_.reset();
  alarm_set_ = false;
}

void Cohort::set_alarm(Clock::Time when) {
  options_.clock->at(when, [weak = std::weak_ptr(bell_)] {
    const auto bell = weak.lock();
    if (!bell) return;
    std::lock_guard lock(bell->mutex);  // whoever has just looked at the clock waits by now
    bell->changed.notify_all();
  });
}

void Cohort::miss() {
  for (const uint32_t worker : options_.workers)
    if (!entries_.contains(worker) && !passed_.contains(worker)) missed_.insert(worker);
}

void Cohort::enter(uint32_t round, uint32_t worker, std::vector<Row> parameters, Draw draw, LocalSteps local) {
  std::lock_guard lock(mutex_);
  turn_to(round);
  if (round != round_) return;
  missed_.erase(worker);
  if (stage_ != Stage::gathering) return;
  if (!begun_) begun_ = options_.clock->now();
  entries_.insert_or_assign(worker, Entry{std::move(parameters), std::move(draw), std::move(local)});
  changed_.notify_all();
}

void Cohort::pass(uint32_t round, uint32_t worker) {
  std::lock_guard lock(mutex_);
  turn_to(round);
  if (round != round_) return;
  missed_.erase(worker);
  if (stage_ != Stage::gathering) return;
  passed_.insert(worker);
  changed_.notify_all();
}

bool Cohort::complete() const {
  return std::ranges::all_of(options_.workers, [this](uint32_t worker) {
    return entries_.contains(worker) || passed_.contains(worker) || missed_.contains(worker);
  });
}

std::optional<Cohort::Lease> Cohort::gradient(uint32_t round, uint32_t worker) {
  Lock lock(mutex_);
  const auto current = [&] { return round == round_ && entries_.contains(worker); };
  bool prepared = false;
  while (current() && stage_ != Stage::done && !alone_) {
    if (stage_ == Stage::computing) {
      if (shared_.more()) {
        if (!std::exchange(prepared, true)) {
          lock.unlock();
          options_.prepare_thread();
          lock.lock();
        }
        do_one(lock);
        continue;
      }
      lock.unlock();
      const bool helped = help_others();
      lock.lock();
      if (!helped && current() && stage_ == Stage::computing && !shared_.more()) changed_.wait(lock);
    } else if (complete() || options_.clock->now() >= *begun_ + options_.patience) {
      compute(lock);
    } else {
      if (!std::exchange(alarm_set_, true)) set_alarm(*begun_ + options_.patience);
      changed_.wait(lock);
    }
  }
  if (!failure_.empty())
    throw std::runtime_error("in one pass for workers " + std::to_string(options_.workers.front()) + " to " + std::to_string(options_.workers.back()) +
                             ": " + std::exchange(failure_, {}) + "; from now on each of them computes alone");
  if (!current()) return {};
  const Entry& entry = entries_.at(worker);
  if (!entry.place) return {};
  ++leases_;
  const size_t k = *entry.place;
  if (!trainees_.empty()) {
    const JointTrainee& trainee = trainees_[k];
    return Lease(*this, TakenSteps{trainee.taken, trainee.loss, replica_->own_weights(trainee.row), trainee.momentum, seconds_, {}});
  }
  return Lease(*this, {entry.loss, replica_->gradient(k), [this, k](std::span<float> weights) { replica_->move_buffers(k, weights); }, seconds_});
}

bool Cohort::help_others() const {
  return std::ranges::any_of(others_, [](Cohort* other) { return other->try_compute(); });
}

bool Cohort::try_compute() {
  Lock lock(mutex_);
  if (stage_ != Stage::gathering || alone_ || entries_.empty() || !complete() || leases_ > 0 || computes_) return false;
  compute(lock);
  return true;
}

void Cohort::compute(Lock& lock) {
  const uint32_t round = round_;
  miss();
  stage_ = Stage::computing;
  try {
    compute_together(lock);
  } catch (const std::exception& e) {
    alone_ = true;
    failure_ = e.what();
  } catch (...) {
    alone_ = true;
    failure_ = "what it threw is no std::exception";
  }
  if (round_ == round) stage_ = Stage::done;
  for (auto& [worker, entry] : entries_)  // they hold on to workers and parameters
    if (round_ == round) entry = {.parameters = {}, .draw = {}, .local = {}, .place = entry.place, .loss = entry.loss};
  changed_.notify_all();
}

bool Cohort::await_readers(Lock& lock) {
  const auto free = [this] { return leases_ == 0 && !computes_; };
  if (free()) return true;
  const Clock::Time end = options_.clock->now() + options_.patience;
  set_alarm(end);
  changed_.wait(lock, [&] { return free() || options_.clock->now() >= end; });
  return free();
}

void Cohort::compute_together(Lock& lock) {
  const uint32_t round = round_;
  if (entries_.size() < 2) return;
  const std::vector<Row> parameters = entries_.begin()->second.parameters;
  const bool goes_on = entries_.begin()->second.local.steps > 1;
  struct Member {
    uint32_t worker;
    Draw draw;
    LocalSteps local;
  };
  std::vector<Member> members;
  for (const auto& [worker, entry] : entries_)
    if (same(entry.parameters, parameters) && (entry.local.steps > 1) == goes_on) members.push_back({worker, entry.draw, entry.local});
  if (members.size() < 2) return;
  if (!await_readers(lock) || alone_ || round_ != round) return;
  computes_ = true;

  // That it computes keeps others away from what is used here; the lock is for those who enter the next round meanwhile.
  lock.unlock();
  struct Relock {
    Cohort& cohort;
    Lock& lock;
    ~Relock() {
      if (!lock.owns_lock()) lock.lock();
      cohort.computes_ = false;
    }
  } const relock{*this, lock};
  options_.prepare_thread();
  if (!replica_) replica_ = options_.make();
  const auto begun = std::chrono::steady_clock::now();
  batches_.resize(options_.workers.size());
  trainees_.clear();
  std::vector<const Batch*> batches;
  std::vector<uint32_t> workers;
  std::vector<JointTrainee> trainees;
  for (Member& member : members) {
    Batch& batch = batches_[batches.size()];
    std::vector<float> momentum;
    try {
      if (!member.draw(batch)) continue;
    } catch (const std::exception&) {
      continue;  // it draws again alone, and falls of it
    }
    if (!batches.empty() && !same_shape(batch, *batches[0])) continue;
    if (goes_on && !member.local.begin(momentum)) continue;
    batches.push_back(&batch);
    workers.push_back(member.worker);
    if (goes_on) trainees.push_back({.local = std::move(member.local), .batch = &batch, .momentum = std::move(momentum)});
  }
  if (batches.size() < 2) return;
  copy_parts(parameters, replica_->weights());
  const auto losses = replica_->compute_gradients(batches);
  std::exception_ptr failed;
  if (goes_on) {
    try {
      train_together(*replica_, trainees, losses, [this](size_t count, const std::function<void(size_t)>& work) { share(count, work); });
    } catch (const std::exception&) {
      failed = std::current_exception();  // what was taken by then stands
    }
    for (JointTrainee& trainee : trainees) trainee.local = {};
  }
  lock.lock();
  trainees_ = std::move(trainees);
  seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() / static_cast<double>(batches.size());
  for (size_t k = 0; k < workers.size() && round_ == round; ++k) {
    Entry& entry = entries_.at(workers[k]);
    entry.place = k;
    entry.loss = losses[k];
  }
  if (failed) std::rethrow_exception(failed);  // also when the round is over: nobody computes with what has failed
}

void Cohort::share(size_t count, const std::function<void(size_t)>& work) {
  Lock lock(mutex_);
  shared_ = {&work, count, 0, count};
  changed_.notify_all();
  while (shared_.more()) do_one(lock);
  changed_.wait(lock, [this] { return shared_.left == 0; });
  const std::exception_ptr failed = shared_.failed;
  shared_ = {};
  if (failed) std::rethrow_exception(failed);
}

void Cohort::do_one(Lock& lock) {
  if (!shared_.more()) return;
  const size_t k = shared_.next++;
  const auto* work = shared_.work;
  lock.unlock();
  std::exception_ptr failed;
  try {
    (*work)(k);
  } catch (...) {
    failed = std::current_exception();
  }
  lock.lock();
  if (failed) shared_.failed = failed;
  if (--shared_.left == 0) changed_.notify_all();
}

void Cohort::Lease::Ended::operator()(Cohort* cohort) const {
  std::lock_guard lock(cohort->mutex_);
  if (--cohort->leases_ == 0) cohort->changed_.notify_all();
}

Cohorts::Cohorts(std::vector<Cohort::Options> cohorts) {
  for (Cohort::Options& options : cohorts) {
    const std::vector<uint32_t> workers = options.workers;
    cohorts_.push_back(std::make_unique<Cohort>(std::move(options)));
    for (const uint32_t worker : workers) by_worker_[worker] = cohorts_.back().get();
  }
  for (const auto& cohort : cohorts_) {
    std::vector<Cohort*> others;
    for (const auto& other : cohorts_)
      if (other != cohort) others.push_back(other.get());
    cohort->help(std::move(others));
  }
}

Cohort* Cohorts::of(uint32_t worker) const {
  const auto found = by_worker_.find(worker);
  return found == by_worker_.end() ? nullptr : found->second;
}

}  // namespace zenops
