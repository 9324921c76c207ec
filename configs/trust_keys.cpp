// Who is believed, and who lies.
#include "configs/keys.hpp"

namespace zenops {
namespace {

using namespace keys;
using Kind = Shape::Kind;

/// What may happen when a rule has too few rows: a rule that has enough with any number of them takes over.
std::vector<std::string> stand_ins(const Rules& rules) {
  std::vector<std::string> result = {"wait", "stop"};
  for (const RuleEntry& rule : rules.entries())
    if (!rule.alone && rule.needs == Needs{} && !objection(rule, with_defaults(rule, {}), 1)) result.push_back(rule.name);
  return result;
}

Key<AttackOptions> liars() {
  return {.path = "attack.workers",
          .shape = {.kind = Shape::Kind::workers},
          .sentence =
              "who lies: a count N (the first N workers) or a list of indices; without it everybody, or in a list of "
              "attacks everybody whom no entry before names in that round",
          .get = [](const AttackOptions& a) { return a.workers; },
          .set = [](AttackOptions& a, const Value& value) { a.workers = std::get<std::vector<uint32_t>>(value); }};
}

}  // namespace

std::vector<Key<Config>> trust_keys(const Catalogue& catalogue) {
  const auto rules = descriptions(catalogue.rules.entries());
  return {
      key(
          "rule.name", choice(names_of(rules)), [](auto& c) -> auto& { return c.training.rule.name; },
          "how updates become one; `zenops-cli rules` lists them"),
      key(
          "rule.granularity", {"block", "model"}, [](auto& c) -> auto& { return c.training.rule.granularity; },
          "what is judged at once: each block (one parameter tensor) or the whole model"),
      key(
          "rule.across", {"average", "median_of_validators"}, [](auto& c) -> auto& { return c.training.rule.across; },
          "how what several validators made of their groups becomes one: the mean, or per number the median, which survives "
          "lying validators as long as they are fewer than half"),
      key(
          "rule.below_minimum", choice(stand_ins(catalogue.rules)),
          [](auto& c) -> auto& { return c.training.rule.below_minimum; },
          "when fewer rows came in a round than the rule needs: wait (the round changes nothing), stop (the run fails), or the "
          "rule that takes over"),

      key(
          "reputation.mode", {"off", "watch", "evict"}, [](auto& c) -> auto& { return c.training.reputation.mode; },
          "what follows from how often the rule refuses a worker: nothing, notes in the rounds' reports, or quarantine and eviction as well; of sync mode"),
      key(
          "reputation.window", integer(1, 1e6), [](auto& c) -> auto& { return c.training.reputation.window; },
          "of a worker's answers, how many of the last count"),
      key(
          "reputation.least", integer(1, 1e6), [](auto& c) -> auto& { return c.training.reputation.least; },
          "answers before a worker is judged by how often it was refused"),
      key(
          "reputation.warn", {.kind = Kind::number, .max = 1, .open_min = true}, [](auto& c) -> auto& { return c.training.reputation.warn; },
          "it is warned when it has so much of what it sends refused beyond what the worker in the middle has, as a share of what that one has accepted, and beyond chance"),
      key(
          "reputation.quarantine", {.kind = Kind::number, .max = 1, .open_min = true}, [](auto& c) -> auto& { return c.training.reputation.quarantine; },
          "the same, to quarantine: what it sends is judged and does not enter"),
      key(
          "reputation.evict", {.kind = Kind::number, .max = 1, .open_min = true}, [](auto& c) -> auto& { return c.training.reputation.evict; },
          "the same, to evict: it is barred for ever, and a fresh worker takes its place before the next round, in another process and, while there is room, on another node"),
      key(
          "reputation.proofs", integer(1, 1e6), [](auto& c) -> auto& { return c.training.reputation.proofs; },
          "rows within the window that prove a lie (not finite, wrong shape, said twice) and evict; the last but one quarantines"),
      key(
          "reputation.absent", {.kind = Kind::number, .max = 1, .open_min = true}, [](auto& c) -> auto& { return c.training.reputation.absent; },
          "share of its last rounds in which nothing came, from which on it is warned"),
      key(
          "reputation.readmit", integer(1, 1e6), [](auto& c) -> auto& { return c.training.reputation.readmit; },
          "rounds of quarantine after which it is trusted again when its rows would have been accepted"),
      key(
          "reputation.node_evictions", integer(0), [](auto& c) -> auto& { return c.training.reputation.node_evictions; },
          "evictions on one node, then nobody is placed there any more; 0: that never happens"),
      key(
          "reputation.replacement", {"honest", "same"}, [](auto& c) -> auto& { return c.training.reputation.replacement; },
          "what the worker that follows an evicted one does: honest: it does not lie; same: what the configuration says of its index"),
      key(
          "adversary.threat_model", {"nothing", "statistics", "rows", "rule"},
          [](auto& c) -> auto& { return c.training.adversary.threat_model; },
          "what liars that collude know, each level with all before it: nothing of others, mean and deviation of the honest rows, the "
          "honest rows, what the rule makes of them"),
  };
}

std::vector<Key<AttackOptions>> attack_keys(const std::vector<const Description*>& attacks) {
  return {
      key<AttackOptions>(
          "attack.name", choice(names_of(attacks)), [](auto& a) -> auto& { return a.name; },
          "how they lie; `zenops-cli attacks` lists them"),
      key<AttackOptions>(
          "attack.rate", number(0, 1), [](auto& a) -> auto& { return a.rate; },
          "chance of each block message to be poisoned; 1 when only workers are given"),
      liars(),
      key<AttackOptions>(
          "attack.start", integer(1), [](auto& a) -> auto& { return a.times.start; }, "the first round in which they lie"),
      key<AttackOptions>(
          "attack.stop", integer(0), [](auto& a) -> auto& { return a.times.stop; },
          "the first round in which they do not lie any more; 0: they lie to the end"),
      key<AttackOptions>(
          "attack.ramp", integer(0), [](auto& a) -> auto& { return a.times.ramp; },
          "rounds over which the rate rises to its full in equal steps; 0: it begins there"),
      key<AttackOptions>(
          "attack.on", integer(0), [](auto& a) -> auto& { return a.times.on; },
          "rounds in which they lie between two pauses; 0: there are no pauses"),
      key<AttackOptions>(
          "attack.off", integer(0), [](auto& a) -> auto& { return a.times.off; }, "rounds of a pause, in which they are honest"),
  };
}

}  // namespace zenops
