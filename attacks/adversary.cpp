#include "attacks/adversary.hpp"

#include <algorithm>

namespace zenops {

Adversary::Adversary(const Attacks& catalogue, std::vector<AttackOptions> attacks, uint64_t seed)
    : catalogue_(&catalogue), seed_(seed) {
  for (auto& options : attacks) habits_.push_back(make_habit(std::move(options)));
}

Adversary::Habit Adversary::make_habit(AttackOptions options) const {
  const AttackEntry* entry = catalogue_->find(options.name);
  options.parameters = with_defaults(*entry, std::move(options.parameters));
  return {entry, std::move(options)};
}

void Adversary::set(uint32_t worker, AttackOptions attack) {
  attack.workers = {worker};
  habits_.insert(habits_.begin(), make_habit(std::move(attack)));
}

std::shared_ptr<const Adversary> Adversary::with(uint32_t worker, AttackOptions attack) const {
  auto next = std::make_shared<Adversary>(*this);
  next->set(worker, std::move(attack));
  return next;
}

const Adversary::Habit* Adversary::habit(uint32_t worker) const {
  const auto found = std::ranges::find_if(habits_, [worker](const Habit& h) {
    return h.options.workers.empty() || std::ranges::find(h.options.workers, worker) != h.options.workers.end();
  });
  return found == habits_.end() ? nullptr : &*found;
}

AttackOptions Adversary::attack(uint32_t worker) const {
  const Habit* h = habit(worker);
  return h ? h->options : AttackOptions{};
}

bool Adversary::poisons(uint32_t worker, uint32_t round, uint32_t block) const {
  const Habit* h = habit(worker);
  if (!h || !h->entry->poison) return false;
  Stream stream({seed_, Role::worker, worker, Purpose::poison, round, static_cast<uint16_t>(block)});
  return stream.uniform() < static_cast<float>(h->options.rate);
}

void Adversary::poison(uint32_t worker, uint32_t round, uint32_t block, std::span<float> update) const {
  const Habit* h = habit(worker);
  const uint32_t index = h->entry->together ? UINT32_MAX : worker;
  Stream stream({seed_, Role::worker, index, Purpose::noise, round, static_cast<uint16_t>(block)});
  h->entry->poison(update, h->options.parameters, stream);
}

double Adversary::delay(uint32_t worker, uint32_t round) const {
  return happens(Lie::delay, worker, round) ? habit(worker)->options.parameters.at("seconds") : 0;
}

uint32_t Adversary::repeats(uint32_t worker, uint32_t round) const {
  return happens(Lie::repetition, worker, round) ? static_cast<uint32_t>(habit(worker)->options.parameters.at("age")) : 0;
}

bool Adversary::happens(Lie lie, uint32_t worker, uint32_t round) const {
  const Habit* h = habit(worker);
  if (!h || h->entry->lie != lie) return false;
  return Stream({seed_, Role::worker, worker, Purpose::poison, round}).uniform() < static_cast<float>(h->options.rate);
}

}  // namespace zenops
