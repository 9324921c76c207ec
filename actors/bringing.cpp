#include "actors/bringing.hpp"

#include <utility>

namespace zenops {

Bringing::Bringing(std::shared_ptr<const Workspaces> to, std::vector<std::optional<size_t>> sizes, ForEach for_each)
    : to_(std::move(to)), sizes_(std::move(sizes)), for_each_(std::move(for_each)) {}

void Bringing::add(ShardRow row) {
  if (over_) return;
  waiting_.push_back(std::move(row));
  go_on();
}

void Bringing::finish(std::function<void()> then) {
  over_ = true;
  waiting_.clear();
  then_ = std::move(then);
  go_on();
}

void Bringing::go_on() {
  if (busy_) return;
  if (over_) to_ = nullptr;
  going_ = std::exchange(waiting_, {});
  if (going_.empty()) {
    if (then_) std::exchange(then_, nullptr)();
    return;
  }
  busy_ = true;
  for_each_(
      sizes_.size(), [self = shared_from_this()](size_t s) { self->bring(s); },
      [self = shared_from_this()] {
        self->busy_ = false;
        self->go_on();
      });
}

void Bringing::bring(size_t segment) const {
  if (over_ || !sizes_[segment]) return;
  std::vector<const float*> rows;
  for (const ShardRow& row : going_)
    if (const float* there = row.segments[segment]) rows.push_back(there);
  if (!rows.empty()) (*to_)[segment]->bring(rows, *sizes_[segment]);
}

}  // namespace zenops
