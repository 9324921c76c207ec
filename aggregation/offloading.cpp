#include "aggregation/offloading.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "aggregation/server_optimizer.hpp"

namespace zenops {
namespace {

/// What an accelerator and its workspaces share.
struct Offload {
  struct Guarded {
    std::mutex mutex;
    std::unique_ptr<Lane> lane;
  };
  explicit Offload(std::vector<std::unique_ptr<Lane>> given, size_t bytes) : least(bytes), lanes(given.size()), promised(given.size()) {
    for (size_t k = 0; k < lanes.size(); ++k) lanes[k].lane = std::move(given[k]);
  }
  bool too_small(size_t rows, size_t size) const { return size == 0 || rows * size * sizeof(float) < least; }
  /// Whether it is left to the processor for that reason, if it is one.
  bool left(const std::string& why) {
    if (why.empty()) return false;
    std::lock_guard lock(mutex);
    if (told.insert(why).second) untold.push_back(why);
    return true;
  }

  /// Likewise for want of room. How much was missing is each time another number, so the first reason is told alone.
  void leave_for_room(const std::string& why) {
    std::lock_guard lock(mutex);
    if (!std::exchange(without_room, true)) untold.push_back(why);
  }

  /// The lane for a segment that stays: on which fewest numbers do, so that all have as much room.
  size_t promise(size_t size) {
    std::lock_guard lock(mutex);
    const auto lane = std::ranges::min_element(promised);
    *lane += size;
    return static_cast<size_t>(lane - promised.begin());
  }
  void take_back(size_t lane, size_t size) {
    std::lock_guard lock(mutex);
    promised[lane] -= size;
  }

  void lose(const std::string& why) {
    std::lock_guard lock(mutex);
    if (lost.empty()) lost = why;
  }

  /// How many rows combining reads.
  static size_t rows_combined(const BlockPlan& plan, size_t rows) {
    return plan.combine == Combine::weighted_sum ? rows_read(plan) : rows;
  }

  const size_t least;
  std::vector<Guarded> lanes;
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::vector<size_t> promised;  // numbers of the segments that stay on each lane
  std::string lost;
  std::set<std::string> told;
  std::vector<std::string> untold;
  bool without_room = false;
  std::atomic<bool> crowded = false;  // what was brought has found no room
};

using Memory = std::shared_ptr<float>;

/// What stays of a segment on a lane, whose lock it has.
struct Staying {
  struct Version {
    uint64_t number;
    Memory weights;  // null: they have become the next version's
    std::array<Memory, ServerOptimizer::most_moments> moments;
  };
  Version* find(uint64_t number) {
    const auto found = std::ranges::find(versions, number, &Version::number);
    return found == versions.end() ? nullptr : &*found;
  }
  /// A step is made: nobody asks for any other version than the one before any more. False: a later one has been.
  bool begin(uint64_t before, uint64_t after) {
    if (after < newest) return false;
    newest = after;
    std::erase_if(versions, [before](const Version& v) { return v.number != before; });
    return true;
  }
  std::vector<Version> versions;
  uint64_t newest = 0;            // that a step was to make
  std::atomic<bool> any = false;  // ever
};

class OffloadedSegment final : public Workspace {
  /// What `work` gives; none where there was no room for it, or bringing has failed. Where it fails nothing stays there.
  template <class Work>
  auto on_the_lane(Work work) -> std::optional<decltype(work(std::declval<Lane&>()))> {
    std::lock_guard lock(lane_.mutex);
    if (left_) return {};
    try {
      return work(*lane_.lane);
    } catch (const NoRoom& e) {
      rows_.clear();
      offload_->leave_for_room(e.what());
      return {};
    } catch (const std::exception& e) {
      rows_.clear();
      if (!lane_.lane->well()) offload_->lose(e.what());
      throw;
    }
  }

 public:
  /// staying: null where nothing does.
  OffloadedSegment(std::shared_ptr<Offload> offload, size_t lane, std::shared_ptr<Staying> staying = nullptr)
      : offload_(std::move(offload)), lane_(offload_->lanes[lane]), staying_(std::move(staying)) {}

  void bring(std::span<const float* const> rows, size_t size) override {
    if (size == 0 || offload_->crowded) return;
    std::lock_guard lock(lane_.mutex);
    holds_ = true;  // before it is looked whether somebody forgets
    if (asked_ || left_) return;
    try {
      kept(*lane_.lane, rows, size);
    } catch (const NoRoom&) {
      rows_.clear();
      offload_->crowded = true;  // nothing has been left to the processor yet
    } catch (const std::exception& e) {
      rows_.clear();
      left_ = true;
      static_cast<void>(offload_->left(e.what()));
      if (!lane_.lane->well()) offload_->lose(e.what());
    }
  }

  std::optional<Products> measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table,
                                  bool signs, bool gaps) override {
    asked_ = true;
    const size_t points = rows.size() + (trusted != nullptr);
    if (offload_->too_small(points, size) || offload_->left(lane_.lane->objection(points, table, signs, gaps)))
      return {};
    return on_the_lane([&](Lane& lane) {
      const auto there = kept(lane, rows, size);
      const auto believed = believed_there(lane, trusted, size);
      return lane.measure(there, believed.get(), size, table, signs, gaps);
    });
  }

  bool combine(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size, float* out,
               size_t at) override {
    asked_ = true;
    const Read read = read_by(plan, rows, trusted);
    if (too_small(plan, rows.size(), size) || offload_->left(lane_.lane->objection(plan, rows.size()))) {
      forget();
      return false;
    }
    const auto done = on_the_lane([&](Lane& lane) {
      const auto there = kept(lane, read.rows, size);
      const auto believed = believed_there(lane, read.trusted, size);
      const auto result = lane.make(size);
      lane.combine(plan, there, believed.get(), size, result.get(), at);
      lane.download(result.get(), {out, size});
      rows_.clear();
      return true;
    });
    return done.has_value();
  }

  bool step(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, const Stepping& stepping,
            size_t at) override {
    asked_ = true;
    const size_t size = stepping.out.size();
    if (!staying_ || too_small(plan, rows.size(), size) || offload_->left(lane_.lane->objection(plan, rows.size())))
      return false;
    staying_->any = true;
    std::lock_guard lock(lane_.mutex);
    if (left_ || !staying_->begin(stepping.before, stepping.after)) return false;
    Lane& lane = *lane_.lane;
    try {
      const Read read = read_by(plan, rows, trusted);
      const auto there = kept(lane, read.rows, size);
      const auto believed = believed_there(lane, read.trusted, size);
      staying_->versions.push_back(stepped(lane, plan, there, believed.get(), stepping, at));
      rows_.clear();
      return true;
    } catch (const NoRoom& e) {
      offload_->leave_for_room(e.what());  // the rows stay: combining them alone takes less
    } catch (const std::exception& e) {
      rows_.clear();
      if (!lane.well()) {
        offload_->lose(e.what());
        throw;
      }
      left_ = true;
      static_cast<void>(offload_->left(e.what()));
    }
    return false;
  }

 private:
  struct Read {
    std::vector<const float*> rows;  // null where a row is not read
    const float* trusted;
  };
  static Read read_by(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted) {
    Read out{{rows.begin(), rows.end()}, nullptr};
    if (plan.combine != Combine::weighted_sum) return out;
    for (size_t k = 0; k < out.rows.size(); ++k)
      if (k >= plan.weights.size() || plan.weights[k] == 0) out.rows[k] = nullptr;
    if (plan.trusted_weight != 0) out.trusted = trusted;
    return out;
  }
  bool too_small(const BlockPlan& plan, size_t rows, size_t size) const {
    return offload_->too_small(Offload::rows_combined(plan, rows), size);
  }

  static Memory copied(Lane& lane, std::span<const float> from) {
    Memory memory = lane.make(from.size());
    lane.upload(from, memory.get());
    return memory;
  }
  Memory believed_there(Lane& lane, const float* row, size_t size) const {
    if (!row) return nullptr;
    if (const auto brought = rows_.find(row); brought != rows_.end()) return brought->second;
    return copied(lane, {row, size});
  }

  /// Where the rows lie there, copied unless they were: once there is room for all of them.
  std::vector<const float*> kept(Lane& lane, std::span<const float* const> rows, size_t size) {
    holds_ = true;
    std::map<const float*, Memory> missing;
    for (const float* row : rows)
      if (row && !rows_.contains(row) && !missing.contains(row)) missing[row] = lane.make(size);
    for (const float* row : rows)
      if (const auto there = missing.find(row); there != missing.end()) {
        lane.upload({row, size}, there->second.get());
        rows_.insert(missing.extract(there));
      }
    std::vector<const float*> out;
    for (const float* row : rows) out.push_back(row ? rows_.at(row).get() : nullptr);
    return out;
  }

  /// The version after. The one before keeps its moments, of which these are copies, and gives its weights away:
  /// whoever goes back to it has those, too.
  Staying::Version stepped(Lane& lane, const BlockPlan& plan, std::span<const float* const> rows, const float* trusted,
                           const Stepping& s, size_t at) {
    const size_t size = s.out.size(), moments = ServerOptimizer(s.optimizer).moments();
    Staying::Version* const before = staying_->find(s.before);
    Staying::Version after{s.after, nullptr, {}};
    Lane::Stepped there{};
    for (size_t k = 0; k < moments; ++k) {
      if (before) {
        after.moments[k] = lane.make(size);
        lane.copy(before->moments[k].get(), after.moments[k].get(), size);
      } else {
        if (s.moments[k].size() != size) throw std::logic_error("a version of the parameters is neither here nor there");
        after.moments[k] = copied(lane, s.moments[k]);
      }
      there.moments[k] = after.moments[k].get();
    }
    after.weights = before && before->weights ? std::exchange(before->weights, nullptr) : copied(lane, s.weights);
    there.weights = after.weights.get();
    lane.step(plan, rows, trusted, size, s.optimizer, s.scale, there, at);
    lane.download(there.weights, s.out);
    return after;
  }

  /// Nobody waits for a lane on which nothing of his lies.
  void forget() {
    if (!holds_) return;
    std::lock_guard lock(lane_.mutex);
    rows_.clear();
  }

  const std::shared_ptr<Offload> offload_;  // outlives the memory
  Offload::Guarded& lane_;
  const std::shared_ptr<Staying> staying_;
  std::map<const float*, Memory> rows_;  // by where they lie here; the lane's lock
  bool left_ = false;                    // to the processor, for something failed that may; likewise
  std::atomic<bool> holds_ = false;      // ever, anything
  std::atomic<bool> asked_ = false;      // to measure or to combine
};

class OffloadedResidence final : public Residence {
 public:
  OffloadedResidence(std::shared_ptr<Offload> offload, size_t size) : offload_(std::move(offload)), size_(size), lane_(offload_->promise(size)) {}
  ~OffloadedResidence() override { offload_->take_back(lane_, size_); }
  std::unique_ptr<Workspace> workspace() override {
    return std::make_unique<OffloadedSegment>(offload_, lane_, staying_);
  }
  bool moments(uint64_t version, std::span<const std::span<float>> out) override {
    Offload::Guarded& lane = offload_->lanes[lane_];
    std::lock_guard lock(lane.mutex);
    const Staying::Version* const found = staying_->find(version);
    if (!found) return false;
    try {
      for (size_t k = 0; k < out.size(); ++k) lane.lane->download(found->moments[k].get(), out[k]);
    } catch (const std::exception& e) {
      if (!lane.lane->well()) offload_->lose(e.what());
      throw;
    }
    return true;
  }
  void made_elsewhere(uint64_t before, uint64_t after) override {
    if (!staying_->any) return;  // nobody waits for a lane on which nothing of his lies
    std::lock_guard lock(offload_->lanes[lane_].mutex);
    static_cast<void>(staying_->begin(before, after));
  }

 private:
  const std::shared_ptr<Offload> offload_;  // outlives the memory
  const size_t size_;
  const size_t lane_;
  const std::shared_ptr<Staying> staying_ = std::make_shared<Staying>();
};

class Offloading final : public Accelerator {
 public:
  explicit Offloading(std::shared_ptr<Offload> offload) : offload_(std::move(offload)) {}
  std::unique_ptr<Workspace> workspace() override {
    return std::make_unique<OffloadedSegment>(offload_, offload_->next++ % offload_->lanes.size());
  }
  std::unique_ptr<Residence> residence(size_t size) override {
    return std::make_unique<OffloadedResidence>(offload_, size);
  }
  bool measures(size_t points, size_t size, bool table, bool signs, bool gaps) const override {
    // Lanes are alike.
    return !offload_->too_small(points, size) &&
           offload_->lanes.front().lane->objection(points, table, signs, gaps).empty();
  }
  bool combines(const BlockPlan& plan, size_t rows, size_t size) const override {
    return !offload_->too_small(Offload::rows_combined(plan, rows), size) &&
           offload_->lanes.front().lane->objection(plan, rows).empty();
  }
  size_t at_a_time() const override { return offload_->lanes.size(); }
  std::vector<std::string> news() override {
    std::lock_guard lock(offload_->mutex);
    return std::exchange(offload_->untold, {});
  }
  std::string lost() const override {
    std::lock_guard lock(offload_->mutex);
    return offload_->lost;
  }

 private:
  const std::shared_ptr<Offload> offload_;
};

}  // namespace

std::shared_ptr<Accelerator> offload_to(std::vector<std::unique_ptr<Lane>> lanes, size_t least) {
  return std::make_shared<Offloading>(std::make_shared<Offload>(std::move(lanes), least));
}

}  // namespace zenops
