#pragma once
#include <optional>
#include <span>
#include <string>

#include "attacks/objection.hpp"
#include "actors/options.hpp"
#include "aggregation/rule.hpp"

namespace zenops {

/// What these options say of which attacks there can be; where they count epochs, the rounds are as yet none of the run's. In asynchronous
/// training a worker's rounds are its own updates, of which nobody knows how many there will be.
AttackSetting attack_setting(const TrainingOptions& options);

/// What speaks against an order of the operator's, as far as the run's options and the catalogue say it: a sentence, or
/// nothing.
class OrderCheck {
 public:
  OrderCheck(Rules rules, Attacks attacks, const TrainingOptions& options);
  using Objection = std::optional<std::string>;
  Objection lr(float lr) const;
  Objection attack(uint32_t worker, const AttackOptions& attack) const;
  Objection rule(const RuleChoice& choice) const;
  Objection eviction(uint32_t worker) const;
  Objection readmission(uint32_t worker) const;
  Objection saving() const;
  /// With every default filled in; what was not objected to.
  AttackOptions complete(AttackOptions attack) const;
  RuleChoice complete(RuleChoice choice) const;
  /// Without what is as it is by default: the words for it.
  std::string in_words(RuleChoice choice) const;
  /// Of a rule that was not objected to.
  Needs needs(const RuleChoice& choice) const;
  /// With which the run began.
  const RuleChoice& configured() const { return configured_; }

 private:
  Objection worker(uint32_t worker) const;
  Objection parameters(const Description& entry, const Parameters& given) const;
  Objection found(const std::string& kind, const std::string& name, const Description* entry,
                  std::span<const std::string> names) const;
  const Rules rules_;
  const Attacks attacks_;
  const uint32_t workers_, validators_;
  const AttackSetting attacking_;
  const Mode mode_;
  const Granularity granularity_;
  const FaultOptions::Mode faults_;
  const ReputationOptions::Mode reputation_;
  const uint32_t save_every_;
  const RuleChoice configured_;
};

}  // namespace zenops
