#include "actors/order_check.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "actors/contradictions.hpp"
#include "actors/in_words.hpp"
#include "aggregation/pipeline.hpp"
#include "base/nearest.hpp"

namespace zenops {
namespace {

template <class Entries>
std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> out;
  for (const auto& entry : entries) out.push_back(entry.name);
  return out;
}

void drop_defaults(const Description& entry, Parameters& parameters) {
  for (const Parameter& p : entry.parameters)
    if (const auto given = parameters.find(p.name);
        !p.optional && given != parameters.end() && given->second == p.default_value)
      parameters.erase(given);
}

std::string list(std::span<const std::string> names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

AttackSetting attack_setting(const TrainingOptions& options) {
  return {.threat_model = options.adversary.threat_model,
          .rounds_of_all = options.train.mode == Mode::sync,
          .rounds = options.train.mode == Mode::sync ? options.train.rounds : 0,
          .shards = options.cluster.shards};
}

OrderCheck::OrderCheck(Rules rules, Attacks attacks, const TrainingOptions& options)
    : rules_(std::move(rules)),
      attacks_(std::move(attacks)),
      workers_(options.cluster.workers),
      validators_(options.cluster.validators),
      attacking_(attack_setting(options)),
      mode_(options.train.mode),
      granularity_(options.rule.granularity),
      faults_(options.faults.mode),
      reputation_(options.reputation.mode),
      save_every_(options.snapshots.every),
      configured_(complete(options.rule.choice())) {}

OrderCheck::Objection OrderCheck::worker(uint32_t worker) const {
  if (worker < workers_) return {};
  const std::string all = workers_ == 1 ? "worker/0 alone" : "worker/0 to worker/" + std::to_string(workers_ - 1);
  return "there is no worker/" + std::to_string(worker) + ": the run has " + all;
}

OrderCheck::Objection OrderCheck::found(const std::string& kind, const std::string& name, const Description* entry,
                                        std::span<const std::string> names) const {
  if (entry) return {};
  const auto near = nearest(name, names);
  return "there is no " + kind + " \"" + name + "\"" +
         (near ? "; did you mean \"" + *near + "\"?" : ": there are " + list(names));
}

OrderCheck::Objection OrderCheck::parameters(const Description& entry, const Parameters& given) const {
  for (const auto& [name, value] : given) {
    const auto p = std::ranges::find(entry.parameters, name, &Parameter::name);
    if (p == entry.parameters.end()) {
      const auto names = names_of(entry.parameters);
      const auto near = nearest(name, names);
      return entry.name + " has no parameter \"" + name + "\"" +
             (near            ? "; did you mean \"" + *near + "\"?"
              : names.empty() ? ": it takes none"
                              : ": it takes " + list(names));
    }
    const bool below = value < p->min, above = p->open_max ? value >= p->max : value > p->max;
    const bool broken = p->integer && value != std::floor(value);
    if (std::isfinite(value) && !below && !above && !broken) continue;
    return name + " of " + entry.name + ": found " + zenops::in_words(value) + ", expected " +
           (p->integer ? "a whole number" : "a number") + " from " + zenops::in_words(p->min) +
           (p->open_max ? " to below " : " to ") + zenops::in_words(p->max);
  }
  return {};
}

OrderCheck::Objection OrderCheck::lr(float lr) const {
  if (lr > 0 && lr <= 1000) return {};
  return "the learning rate: found " + zenops::in_words(lr) + ", expected a number above 0 and at most 1000";
}

OrderCheck::Objection OrderCheck::attack(uint32_t worker, const AttackOptions& attack) const {
  if (auto why = this->worker(worker)) return why;
  const AttackEntry* entry = attacks_.find(attack.name);
  if (auto why = found("attack", attack.name, entry, names_of(attacks_.entries()))) return why;
  if (auto why = parameters(*entry, attack.parameters)) return why;
  if (!(attack.rate >= 0 && attack.rate <= 1))
    return "rate: found " + zenops::in_words(attack.rate) + ", expected a number from 0 to 1";
  const auto why = objection(*entry, attack, attacking_);
  if (!why) return {};
  return (why->key.empty() ? "" : why->key + ": ") + why->sentence;
}

OrderCheck::Objection OrderCheck::rule(const RuleChoice& choice) const {
  if (mode_ == Mode::async) return "train.mode is async: an asynchronous run keeps the rule with which it began";
  const RuleEntry* entry = rules_.find(choice.rule.name);
  if (auto why = found("rule", choice.rule.name, entry, names_of(rules_.entries()))) return why;
  if (auto why = parameters(*entry, choice.rule.parameters)) return why;
  for (const Choice& pre : choice.pre) {
    const PreAggregatorEntry* stage = rules_.find_pre_aggregator(pre.name);
    if (auto why = found("pre-aggregator", pre.name, stage, names_of(rules_.pre_aggregators()))) return why;
    if (auto why = parameters(*stage, pre.parameters)) return why;
  }
  if (entry->alone) return entry->name + " judges each update as it comes, which is for train.mode: async";
  if (entry->needs.losses && granularity_ != Granularity::model)
    return entry->name + " judges by the loss of the whole model, and rule.granularity is block";
  if (const auto why = too_many(workers_, *entry)) return "cluster.workers: " + *why;
  const uint32_t smallest_group = workers_ / std::min(validators_, workers_);
  if (const auto why = objection(rules_, choice, smallest_group))
    return *why + " (n: workers of a validator, cluster.workers = " + std::to_string(workers_) +
           " over cluster.validators = " + std::to_string(validators_) + ")";
  return {};
}

OrderCheck::Objection OrderCheck::eviction(uint32_t worker) const {
  if (auto why = this->worker(worker)) return why;
  if (faults_ == FaultOptions::Mode::exact)
    return "faults.mode is exact: who was evicted is replaced, and does not come back when rounds are made again";
  return {};
}

OrderCheck::Objection OrderCheck::readmission(uint32_t worker) const {
  if (auto why = this->worker(worker)) return why;
  if (reputation_ == ReputationOptions::Mode::off) return "reputation.mode is off: no worker is in quarantine";
  return {};
}

OrderCheck::Objection OrderCheck::saving() const {
  if (mode_ == Mode::async) return "train.mode is async: asynchronous runs keep no snapshots";
  if (save_every_ == 0) return "snapshots.every is 0: the run keeps no snapshots";
  return {};
}

AttackOptions OrderCheck::complete(AttackOptions attack) const {
  attack.parameters = with_defaults(*attacks_.find(attack.name), std::move(attack.parameters));
  return attack;
}

std::string OrderCheck::in_words(RuleChoice choice) const {
  drop_defaults(*rules_.find(choice.rule.name), choice.rule.parameters);
  for (Choice& pre : choice.pre) drop_defaults(*rules_.find_pre_aggregator(pre.name), pre.parameters);
  return zenops::in_words(choice);
}

Needs OrderCheck::needs(const RuleChoice& choice) const { return make_rule(rules_, choice)->needs(); }

RuleChoice OrderCheck::complete(RuleChoice choice) const { return with_defaults(rules_, std::move(choice)); }

}  // namespace zenops
