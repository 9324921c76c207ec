#include "actors/conspiracy.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

#include "actors/in_words.hpp"
#include "attacks/honest_rows.hpp"
#include "attacks/rule_probe.hpp"

namespace zenops {
namespace {

/// The mean of all rows: for a rule that cannot be asked.
std::vector<float> mean_of(const std::vector<std::span<const float>>& honest, std::span<const std::span<const float>> lies) {
  std::vector<std::span<const float>> all(honest);
  all.insert(all.end(), lies.begin(), lies.end());
  const HonestRows rows(std::move(all));
  return {rows.mean().begin(), rows.mean().end()};
}

}  // namespace

Conspiracy::Sides Conspiracy::sides(const Ground& ground, uint32_t round, std::span<const Member> members, const Adversary& adversary) {
  Sides out;
  const auto blocks = static_cast<uint32_t>(ground.layout.blocks().size());
  for (const Member& member : members) {
    if (!ground.participation.active(member.worker, round)) continue;
    if (auto collusion = adversary.collusion(member.worker, round))
      out.liars.emplace(member.worker, std::move(*collusion));
    else if (adversary.honest(member.worker, round, blocks))
      out.honest.push_back(member);
  }
  return out;
}

Conspiracy::Conspiracy(std::shared_ptr<const Ground> ground, uint32_t round, std::vector<Honest> honest,
                       std::map<uint32_t, Adversary::Collusion> liars, RuleChoice rule, Memories before)
    : ground_(std::move(ground)),
      round_(round),
      honest_(std::move(honest)),
      liars_(std::move(liars)),
      rule_(std::move(rule)),
      before_(std::move(before)) {
  assert(!honest_.empty());
  const auto& blocks = ground_->layout.blocks();
  for (uint32_t b = 0; b < blocks.size(); ++b) {
    if (blocks[b].exchange != Exchange::judged) continue;
    if (parts_.empty() || ground_->granularity == Granularity::block) parts_.emplace_back();
    parts_.back().blocks.push_back(b);
    parts_.back().size += blocks[b].size;
  }
  for (const auto& [worker, collusion] : liars_) {
    if (std::ranges::find(told_, collusion, &Told::collusion) != told_.end()) continue;
    Told& told = told_.emplace_back(Told{collusion, ground_->rows->make(ground_->layout.dimension()), {}});
    std::ranges::fill(told.row.mutable_view(), 0.0f);
    for (size_t part = 0; part < parts_.size(); ++part) {
      const auto found = before_.find(key(told, part));
      told.memories.push_back(found == before_.end() ? AttackMemory{} : found->second);
    }
  }
}

std::string Conspiracy::key(const Told& told, size_t part) const {
  const AttackOptions attack{
      .name = told.collusion.entry->name, .parameters = told.collusion.parameters, .rate = 1, .workers = {}};
  return in_words(attack) + "/" + std::to_string(part);
}

std::span<const float> Conspiracy::numbers(const ShardRow& row, const Part& part, std::vector<float>& scratch) const {
  const auto& segments = ground_->layout.segments();
  const float *begin = nullptr, *end = nullptr;
  bool whole = true;
  const auto each = [&](const auto& body) {
    for (uint32_t s = 0; s < segments.size(); ++s)
      if (std::ranges::binary_search(part.blocks, segments[s].block)) body(segments[s], row.segments[s]);
  };
  each([&](const Segment& segment, const float* at) {
    whole = whole && at != nullptr && (begin == nullptr || at == end);
    if (begin == nullptr) begin = at;
    end = at + (at ? segment.size : 0);
  });
  if (whole) return {begin, part.size};
  scratch.assign(part.size, 0.0f);
  auto out = scratch.begin();
  each([&](const Segment& segment, const float* at) {
    if (at != nullptr) std::copy_n(at, segment.size, out);
    out += static_cast<ptrdiff_t>(segment.size);
  });
  return scratch;
}

bool Conspiracy::sends(uint32_t liar, const Part& part) const { return ground_->participation.sends(liar, round_, part.blocks[0]); }

void Conspiracy::make(size_t which) {
  const Part& part = parts_[which];
  const bool alone = ground_->granularity == Granularity::block;
  std::vector<std::pair<uint32_t, bool>> senders;  // worker, lies
  std::vector<std::span<const float>> rows;
  std::vector<std::vector<float>> scratch(honest_.size());
  for (size_t k = 0; k < honest_.size(); ++k) {
    if (alone && !honest_[k].row.blocks[part.blocks[0]]) continue;
    rows.push_back(numbers(honest_[k].row, part, scratch[k]));
    senders.emplace_back(honest_[k].worker, false);
  }
  for (const auto& [worker, collusion] : liars_)
    if (!alone || sends(worker, part)) senders.emplace_back(worker, true);
  std::ranges::sort(senders);
  const size_t liars = senders.size() - rows.size();
  if (rows.empty() || liars == 0) return;

  const HonestRows honest(std::move(rows));
  std::vector<size_t> places;
  std::vector<double> counts;
  for (size_t k = 0; k < senders.size(); ++k) {
    if (senders[k].second) places.push_back(k);
    if (senders[k].first < ground_->counts.size()) counts.push_back(ground_->counts[senders[k].first]);
  }
  if (counts.size() != senders.size()) counts.clear();
  const AggregateOptions options{.trusted = honest.mean(), .counts = counts, .seed = ground_->seed + round_};
  std::optional<RuleProbe> probe;  // measures the honest rows, which few attacks need
  std::optional<bool> asks;
  const auto aggregate = [&](std::span<const std::span<const float>> lies) {
    if (!asks) {
      probe.emplace(ground_->rules, rule_, honest.rows(), options, places);
      asks = !probe->objection(liars);
    }
    return *asks ? (*probe)(lies) : mean_of(honest.rows(), lies);
  };

  const auto first_block = static_cast<uint16_t>(alone ? part.blocks[0] : 0);
  for (Told& told : told_) {
    Stream stream({ground_->seed, Role::worker, UINT32_MAX, Purpose::noise, round_, first_block});
    const auto made = zenops::lie(*told.collusion.entry, told.collusion.parameters, honest.known(ground_->threat_model, liars, round_, aggregate),
                          told.memories[which], stream);
    auto from = made.begin();
    for (const uint32_t b : part.blocks) {
      const Block& block = ground_->layout.blocks()[b];
      std::copy_n(from, block.size, told.row.mutable_view().begin() + static_cast<ptrdiff_t>(block.offset));
      from += static_cast<ptrdiff_t>(block.size);
    }
  }
}

bool Conspiracy::tells(const Adversary::Collusion& collusion) const {
  return std::ranges::find(told_, collusion, &Told::collusion) != told_.end();
}

Row Conspiracy::lie(const Adversary::Collusion& collusion) const {
  const auto found = std::ranges::find(told_, collusion, &Told::collusion);
  return found == told_.end() ? Row{} : found->row;
}

Conspiracy::Memories Conspiracy::end() {
  honest_.clear();
  Memories out = std::move(before_);
  for (Told& told : told_)
    for (size_t part = 0; part < told.memories.size(); ++part) {
      if (told.memories[part].empty())
        out.erase(key(told, part));
      else
        out[key(told, part)] = std::move(told.memories[part]);
    }
  return out;
}

}  // namespace zenops
