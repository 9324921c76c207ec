#include "attacks/adversary.hpp"

#include <algorithm>

namespace zenops {

namespace {

bool names(const AttackOptions& attack, uint32_t worker) {
  return attack.workers.empty() || std::ranges::find(attack.workers, worker) != attack.workers.end();
}

/// The chance that it lies in a round that it covers.
float chance(const AttackOptions& attack, uint32_t round) { return static_cast<float>(attack.rate * attack.times.share(round)); }

}  // namespace

Adversary::Adversary(const Attacks& catalogue, std::vector<AttackOptions> attacks, uint64_t seed, AttackTarget target)
    : catalogue_(&catalogue), seed_(seed), target_(std::make_shared<const AttackTarget>(std::move(target))) {
  for (auto& options : attacks) habits_.push_back(make_habit(std::move(options)));
}

Adversary::Habit Adversary::make_habit(AttackOptions options) const {
  const AttackEntry* entry = catalogue_->find(options.name);
  options.parameters = with_defaults(*entry, std::move(options.parameters));
  return {entry, std::move(options)};
}

void Adversary::set(uint32_t worker, AttackOptions attack) {
  attack.workers = {worker};
  std::erase_if(habits_, [worker](const Habit& h) { return h.ordered && h.options.workers[0] == worker; });
  habits_.insert(habits_.begin(), make_habit(std::move(attack)))->ordered = true;
}

std::shared_ptr<const Adversary> Adversary::with(uint32_t worker, AttackOptions attack) const {
  auto next = std::make_shared<Adversary>(*this);
  next->set(worker, std::move(attack));
  return next;
}

const Adversary::Habit* Adversary::habit(uint32_t worker, uint32_t round) const {
  const auto found = std::ranges::find_if(habits_, [worker, round](const Habit& h) {
    return names(h.options, worker) && (h.ordered || h.options.times.covers(round));
  });
  return found == habits_.end() || !found->options.times.covers(round) ? nullptr : &*found;
}

AttackOptions Adversary::attack(uint32_t worker, uint32_t round) const {
  if (const Habit* h = habit(worker, round)) return h->options;
  for (const Habit& h : habits_) {
    if (!names(h.options, worker)) continue;
    if (h.options.times.start > round) return h.options;
    if (h.ordered) break;
  }
  return {};
}

Adversary::Piece Adversary::of_one_shard(const Habit& habit, uint32_t block) const {
  if (block >= target_->layout.blocks().size()) return {0, 0};
  const Block& whole = target_->layout.blocks()[block];
  const ShardRange shard = target_->layout.shard(static_cast<uint32_t>(habit.options.parameters.at("shard")), target_->shards);
  const size_t begin = std::max(whole.offset, shard.offset), end = std::min(whole.offset + whole.size, shard.offset + shard.size);
  return begin < end ? Piece{begin - whole.offset, end - begin} : Piece{0, 0};
}

bool Adversary::poisons(uint32_t worker, uint32_t round, uint32_t block) const {
  const Habit* h = habit(worker, round);
  if (h && h->entry->lie == Lie::in_data) return happens(Lie::in_data, worker, round);  // all that it makes then
  if (!h || !h->entry->poison || (h->entry->one_shard && of_one_shard(*h, block).size == 0)) return false;
  Stream stream({seed_, Role::worker, worker, Purpose::poison, round, static_cast<uint16_t>(block)});
  return stream.uniform() < chance(h->options, round);
}

void Adversary::poison(uint32_t worker, uint32_t round, uint32_t block, std::span<float> update) const {
  const Habit* h = habit(worker, round);
  if (!h->entry->poison) return;  // it lies in its data alone
  const uint32_t index = h->entry->together ? UINT32_MAX : worker;
  Stream stream({seed_, Role::worker, index, Purpose::noise, round, static_cast<uint16_t>(block)});
  const Piece piece = h->entry->one_shard ? of_one_shard(*h, block) : Piece{0, update.size()};
  h->entry->poison(update.subspan(piece.begin, piece.size), h->options.parameters, stream);
}

double Adversary::delay(uint32_t worker, uint32_t round) const {
  return happens(Lie::delay, worker, round) ? habit(worker, round)->options.parameters.at("seconds") : 0;
}

uint32_t Adversary::repeats(uint32_t worker, uint32_t round) const {
  return happens(Lie::repetition, worker, round) ? static_cast<uint32_t>(habit(worker, round)->options.parameters.at("age")) : 0;
}

std::optional<Adversary::Collusion> Adversary::collusion(uint32_t worker, uint32_t round) const {
  if (!colludes(worker, round)) return {};
  const Habit* h = habit(worker, round);
  return Collusion{h->entry, h->options.parameters};
}

bool Adversary::honest(uint32_t worker, uint32_t round, uint32_t blocks) const {
  if (colludes(worker, round) || silent(worker, round) || crashes(worker, round) || repeats(worker, round) > 0) return false;
  for (uint32_t b = 0; b < blocks; ++b)
    if (poisons(worker, round, b)) return false;
  return true;
}

std::function<void(Lesson&)> Adversary::spoils(uint32_t worker, uint32_t round) const {
  if (!happens(Lie::in_data, worker, round)) return {};
  const Habit* h = habit(worker, round);
  return [spoil = h->entry->spoil, parameters = h->options.parameters](Lesson& lesson) { spoil(lesson, parameters); };
}

bool Adversary::happens(Lie lie, uint32_t worker, uint32_t round) const {
  const Habit* h = habit(worker, round);
  if (!h || h->entry->lie != lie) return false;
  return Stream({seed_, Role::worker, worker, Purpose::poison, round}).uniform() < chance(h->options, round);
}

}  // namespace zenops
