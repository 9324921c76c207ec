#include "actors/saving.hpp"

#include <utility>

namespace zenops {

void Saving::begin(uint32_t ticket, std::vector<std::string> shards, const std::vector<std::string>& trainees) {
  ticket_ = ticket;
  states_.clear();
  awaited_ = {trainees.begin(), trainees.end()};
  awaited_.insert(shards.begin(), shards.end());
  shards_ = std::move(shards);
}

bool Saving::offer(const std::string& who, ActorState state) {
  if (awaited_.erase(who) == 0) return false;
  states_[who] = std::move(state);
  return awaited_.empty();
}

Snapshot Saving::take() {
  Snapshot out;
  for (const std::string& shard : shards_)
    for (const auto& [name, part] : states_.at(shard).tensors) out.model[name].push_back(part);
  for (const std::string& shard : shards_) states_.erase(shard);
  out.trainees = std::exchange(states_, {});
  return out;
}

}  // namespace zenops
