#include "actors/batches.hpp"

#include <algorithm>

namespace zenops {

size_t UpdateBatch::place_of(uint32_t worker) const {
  return static_cast<size_t>(std::ranges::find(updates, worker, &Update::worker) - updates.begin());
}

bool Batches::add(uint32_t number, UpdateBatch batch) {
  auto& waiting = waiting_[batch.group];
  waiting.push_back(number);
  batches_.insert_or_assign(number, std::move(batch));
  return waiting.size() == 1;
}

std::optional<uint32_t> Batches::at_shards(uint32_t group) const {
  return waiting_[group].empty() ? std::nullopt : std::optional(waiting_[group].front());
}

bool Batches::plan(uint32_t number, uint32_t group, const Envelope& plan) {
  const auto batch = batches_.find(number);
  if (batch == batches_.end() || batch->second.group != group || batch->second.decided()) return false;
  batch->second.plan = plan;
  return true;
}

bool Batches::abandon(uint32_t number) {
  const auto batch = batches_.find(number);
  if (batch == batches_.end() || batch->second.decided()) return false;
  batch->second.abandoned = true;
  return true;
}

}  // namespace zenops
