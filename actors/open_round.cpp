#include "actors/open_round.hpp"

#include <algorithm>

namespace zenops {

void OpenRound::begin(uint32_t groups, uint32_t shards) {
  losses_.clear();
  rows_.clear();
  plans_.assign(groups, {});
  committed_.assign(shards, false);
  hashes_.assign(shards, 0);
}

bool OpenRound::plan(uint32_t group, const Msg<wire::Plan>& plan) {
  if (group >= plans_.size() || plans_[group]) return false;
  plans_[group] = plan.envelope();
  return std::ranges::all_of(plans_, [](const auto& p) { return p.has_value(); });
}

bool OpenRound::committed(uint32_t shard, wire::Committed::Reader committed) {
  if (shard >= committed_.size()) return false;
  committed_[shard] = true;
  hashes_[shard] = committed.getHash();
  for (const auto row : committed.getRows()) {
    auto& by_shard = rows_[row.getWorker()];
    by_shard.resize(committed_.size());
    by_shard[shard] = row.getSha256().cStr();
  }
  return std::ranges::all_of(committed_, [](bool b) { return b; });
}

std::optional<std::string> OpenRound::stop() const {
  for (const auto& envelope : plans_) {
    if (!envelope) continue;
    const Msg<wire::Plan> plan(*envelope);
    if (plan->getStop()) return std::string(plan->getNote().cStr());
  }
  return {};
}

bool OpenRound::lost_a_row() const {
  for (const auto& envelope : plans_) {
    if (!envelope) continue;
    const Msg<wire::Plan> plan(*envelope);
    for (const auto row : plan->getRows())
      if (row.getState() == wire::State::LOST) return true;
  }
  return false;
}

void OpenRound::write(wire::Apply::Builder out) const {
  auto plans =
      out.initPlans(static_cast<uint32_t>(std::ranges::count_if(plans_, [](const auto& p) { return p.has_value(); })));
  uint32_t k = 0;
  for (const auto& plan : plans_)
    if (plan) plans.setWithCaveats(k++, *Msg<wire::Plan>(*plan));
}

std::optional<double> OpenRound::mean_loss() const {
  double sum = 0, trained = 0;
  for (const auto& [worker, loss] : losses_) {
    sum += loss.value_or(0);
    trained += loss.has_value();
  }
  return trained > 0 ? std::optional(sum / trained) : std::nullopt;
}

std::vector<std::string> OpenRound::hashes_of(uint32_t worker) const {
  const auto found = rows_.find(worker);
  return found == rows_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace zenops
