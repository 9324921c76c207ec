#include "aggregation/offloading.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace zenops {
namespace {

/// What an accelerator and its workspaces share.
struct Offload {
  struct Guarded {
    std::mutex mutex;
    std::unique_ptr<Lane> lane;
  };
  explicit Offload(std::vector<std::unique_ptr<Lane>> given, size_t bytes) : least(bytes), lanes(given.size()) {
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
  std::string lost;
  std::set<std::string> told;
  std::vector<std::string> untold;
  bool without_room = false;
  std::atomic<bool> crowded = false;  // what was brought has found no room
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
  OffloadedSegment(std::shared_ptr<Offload> offload, size_t lane)
      : offload_(std::move(offload)), lane_(offload_->lanes[lane]) {}

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
    std::vector<const float*> read(rows.begin(), rows.end());
    if (plan.combine == Combine::weighted_sum) {
      for (size_t k = 0; k < read.size(); ++k)
        if (k >= plan.weights.size() || plan.weights[k] == 0) read[k] = nullptr;
      if (plan.trusted_weight == 0) trusted = nullptr;
    } else {
      trusted = nullptr;
    }
    if (offload_->too_small(Offload::rows_combined(plan, rows.size()), size) ||
        offload_->left(lane_.lane->objection(plan, rows.size()))) {
      forget();
      return false;
    }
    const auto done = on_the_lane([&](Lane& lane) {
      const auto there = kept(lane, read, size);
      const auto believed = believed_there(lane, trusted, size);
      const auto result = lane.make(size);
      lane.combine(plan, there, believed.get(), size, result.get(), at);
      lane.download(result.get(), {out, size});
      rows_.clear();
      return true;
    });
    return done.has_value();
  }

 private:
  std::shared_ptr<float> believed_there(Lane& lane, const float* row, size_t size) const {
    if (!row) return nullptr;
    if (const auto brought = rows_.find(row); brought != rows_.end()) return brought->second;
    auto memory = lane.make(size);
    lane.upload({row, size}, memory.get());
    return memory;
  }

  /// Where the rows lie there, copied unless they were: once there is room for all of them.
  std::vector<const float*> kept(Lane& lane, std::span<const float* const> rows, size_t size) {
    std::vector<const float*> out, missing;
    holds_ = true;
    for (const float* row : rows) {
      out.push_back(nullptr);
      if (!row) continue;
      std::shared_ptr<float>& there = rows_[row];
      if (!there) {
        there = lane.make(size);
        missing.push_back(row);
      }
      out.back() = there.get();
    }
    for (const float* row : missing) lane.upload({row, size}, rows_.at(row).get());
    return out;
  }

  /// Nobody waits for a lane on which nothing of his lies.
  void forget() {
    if (!holds_) return;
    std::lock_guard lock(lane_.mutex);
    rows_.clear();
  }

  const std::shared_ptr<Offload> offload_;  // outlives the memory
  Offload::Guarded& lane_;
  std::map<const float*, std::shared_ptr<float>> rows_;  // by where they lie here; the lane's lock
  bool left_ = false;                                    // to the processor, for what was brought failed; likewise
  std::atomic<bool> holds_ = false;                      // ever, anything
  std::atomic<bool> asked_ = false;                      // to measure or to combine
};

class Offloading final : public Accelerator {
 public:
  explicit Offloading(std::shared_ptr<Offload> offload) : offload_(std::move(offload)) {}
  std::unique_ptr<Workspace> workspace() override {
    return std::make_unique<OffloadedSegment>(offload_, offload_->next++ % offload_->lanes.size());
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
