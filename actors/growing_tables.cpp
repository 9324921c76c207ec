#include "actors/growing_tables.hpp"

#include <cassert>
#include <utility>

namespace zenops {

GrowingTables::GrowingTables(std::vector<std::optional<size_t>> sizes, ForEach for_each, size_t together)
    : sizes_(std::move(sizes)), for_each_(std::move(for_each)), together_(together), segments_(sizes_.size()) {}

void GrowingTables::add(uint32_t sender, ShardRow row) {
  assert(!places_.contains(sender) && !then_ && row.segments.size() == sizes_.size());
  places_.emplace(sender, places_.size());
  waiting_.push_back(std::move(row));
  go_on();
}

void GrowingTables::finish(std::function<void()> then) {
  then_ = std::move(then);
  go_on();
}

void GrowingTables::go_on() {
  if (busy_) return;
  if (waiting_.empty() || (!then_ && waiting_.size() < together_)) {
    if (then_) std::exchange(then_, nullptr)();
    return;
  }
  for (ShardRow& row : std::exchange(waiting_, {})) {
    for (size_t s = 0; s < segments_.size(); ++s) segments_[s].points.push_back(row.segments[s]);
    kept_.push_back(std::move(row));
  }
  busy_ = true;
  const auto self = shared_from_this();
  for_each_(
      segments_.size(),
      [self](size_t s) {
        if (const auto size = self->sizes_[s]) measure_arrivals(self->segments_[s], *size);
      },
      [self] {
        self->busy_ = false;
        self->go_on();
      });
}

Products GrowingTables::of(size_t segment, std::span<const uint32_t> senders) const {
  assert(grows(segment));
  std::vector<size_t> rows;
  for (const uint32_t sender : senders) rows.push_back(places_.at(sender));
  const auto trusted = places_.find(kTrusted);
  return arranged(segments_[segment], rows, trusted == places_.end() ? std::nullopt : std::optional(trusted->second),
                  *sizes_[segment]);
}

}  // namespace zenops
