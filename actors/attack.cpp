#include "actors/attack.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zenops {
namespace {

Parameter scale() {
  return {.name = "scale", .default_value = 10, .min = 0, .max = 1e12, .sentence = "how strongly it lies"};
}

void negative(std::span<float> update, const Parameters& parameters, Stream&) {
  const auto scale = static_cast<float>(parameters.at("scale"));
  for (float& x : update) x *= -scale;
}

void random(std::span<float> update, const Parameters& parameters, Stream& stream) {
  const auto scale = static_cast<float>(parameters.at("scale"));
  for (float& x : update) x = scale * stream.normal();
}

void randomscale(std::span<float> update, const Parameters& parameters, Stream& stream) {
  double before = 0, after = 0;
  for (float& x : update) {
    before += double{x} * x;
    x = stream.normal();
    after += double{x} * x;
  }
  const auto factor = static_cast<float>(after > 0 ? parameters.at("scale") * std::sqrt(before / after) : 0);
  for (float& x : update) x *= factor;
}

void nan(std::span<float> update, const Parameters&, Stream&) {
  std::ranges::fill(update, std::numeric_limits<float>::quiet_NaN());
}

void inf(std::span<float> update, const Parameters&, Stream&) {
  std::ranges::fill(update, std::numeric_limits<float>::infinity());
}

void huge(std::span<float> update, const Parameters& parameters, Stream&) {
  const auto size = static_cast<float>(parameters.at("size"));
  for (float& x : update) x = x > 0 ? -size : size;
}

void zero(std::span<float> update, const Parameters&, Stream&) { std::ranges::fill(update, 0.0f); }

AttackEntry entry(std::string name, std::string sentence, std::string source, std::vector<Parameter> parameters, Lie lie,
                  decltype(AttackEntry::poison) poison) {
  AttackEntry made;
  made.name = std::move(name);
  made.sentence = std::move(sentence);
  made.source = std::move(source);
  made.parameters = std::move(parameters);
  made.lie = lie;
  made.poison = std::move(poison);
  return made;
}

}  // namespace

Attacks Attacks::standard() {
  Attacks attacks;
  attacks.add(entry("none", "everybody is honest", "", {}, Lie::in_content, {}));
  attacks.add(entry("negative", "sends −scale times its update", "Zeno-PS, attacks.py", {scale()}, Lie::in_content, negative));
  attacks.add(entry("random", "sends independent normal numbers with standard deviation `scale` instead", "Zeno-PS, attacks.py",
                    {scale()}, Lie::in_content, random));
  attacks.add(entry("randomscale", "sends a random direction, `scale` times as long as its update", "Zeno-PS, attacks.py",
                    {scale()}, Lie::in_content, randomscale));
  attacks.add(entry("nan", "sends NaN instead", "", {}, Lie::in_content, nan));
  attacks.add(entry("inf", "sends +Inf instead", "", {}, Lie::in_content, inf));
  attacks.add(entry("huge", "sends `size` everywhere, with the opposite sign of its update: finite, but its square is no float", "",
                    {{.name = "size", .default_value = 1e38, .min = 0, .max = 3.4e38, .sentence = "the size of every number"}},
                    Lie::in_content, huge));
  attacks.add(entry("zero", "sends zeros instead", "", {}, Lie::in_content, zero));
  attacks.add(entry("duplicate", "sends a random direction, `scale` times as long as its update, and all liars send the same", "",
                    {scale()}, Lie::in_content, randomscale));
  attacks.entries_.back().together = true;
  attacks.add(entry("silent", "does not answer; the chance is per round", "", {}, Lie::silence, {}));
  attacks.add(entry("crash", "crashes in its local steps; the chance is per round", "", {}, Lie::crash, {}));
  attacks.add(entry("delayed", "takes `seconds` longer, so that what it sends is stale; the chance is per update", "",
                    {{.name = "seconds", .default_value = 10, .min = 0, .max = 1e6, .sentence = "by which it is late"}}, Lie::delay, {}));
  attacks.add(entry("stale_copy", "sends again what it made `age` updates ago, as if it were new; the chance is per update", "",
                    {{.name = "age", .default_value = 5, .min = 1, .max = 100, .integer = true, .sentence = "how old its copy is"}},
                    Lie::repetition, {}));
  return attacks;
}

const AttackEntry* Attacks::find(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &AttackEntry::name);
  return found == entries_.end() ? nullptr : &*found;
}

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
