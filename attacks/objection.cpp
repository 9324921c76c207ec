#include "attacks/objection.hpp"

namespace zenops {
namespace {

std::string found(uint64_t number, const std::string& expected) {
  return "found " + std::to_string(number) + ", expected " + expected;
}

std::optional<AttackObjection> against_times(const Times& times, uint32_t rounds) {
  if (times.start == 0) return AttackObjection{"start", found(0, "a round of the run, from 1 on")};
  if (rounds > 0 && times.start > rounds)
    return AttackObjection{"start", found(times.start, "a round of the run, of which there are " + std::to_string(rounds))};
  if (times.stop > 0 && times.stop <= times.start)
    return AttackObjection{"stop", found(times.stop, "a round after start = " + std::to_string(times.start) + ", or 0: to the end")};
  if (times.on > 0 && times.off == 0)
    return AttackObjection{"on", found(times.on, "0, or off with the rounds of a pause beside it")};
  if (times.off > 0 && times.on == 0)
    return AttackObjection{"off", found(times.off, "0, or on with the rounds between two pauses beside it")};
  return {};
}

}  // namespace

std::string what_it_sees(Sight sight) {
  switch (sight) {
    case Sight::nothing:
      return "nothing";
    case Sight::statistics:
      return "mean and deviation of the honest rows";
    case Sight::rows:
      return "the honest rows";
    case Sight::rule:
      return "the rule";
  }
  return "?";
}

std::optional<AttackObjection> objection(const AttackEntry& entry, const AttackOptions& attack, const AttackSetting& setting) {
  if (auto why = against_times(attack.times, setting.rounds)) return why;
  if (entry.one_shard) {
    const Parameters parameters = with_defaults(entry, attack.parameters);
    if (const double shard = parameters.at("shard"); shard >= setting.shards)
      return AttackObjection{"shard", found(static_cast<uint64_t>(shard), "an index below cluster.shards = " + std::to_string(setting.shards))};
  }
  if (entry.lie != Lie::collusion) return {};
  if (!setting.rounds_of_all)
    return AttackObjection{"", entry.name + " needs the honest rows of a round; train.mode: async has no rounds"};
  if (entry.sees > setting.threat_model || setting.threat_model == Sight::nothing)
    return AttackObjection{"", entry.name + " needs to know " + what_it_sees(entry.sees) +
                                   "; adversary.threat_model: " + std::string(to_string(setting.threat_model))};
  return {};
}

}  // namespace zenops
