#include "actors/contradictions.hpp"

#include "actors/in_words.hpp"

namespace zenops {

std::optional<std::string> too_many(uint32_t workers, const RuleEntry& rule) {
  if (!rule.needs.sums || workers <= most_summed) return {};
  return "found " + std::to_string(workers) + ", expected at most " + std::to_string(most_summed) + ": " + rule.name +
         " keeps what each worker sent, and a shard could not tell so many rows at once";
}

std::vector<Contradiction> contradictions(const TrainingOptions& options, const Rules& rules) {
  std::vector<Contradiction> out;
  const TrainOptions& train = options.train;
  const std::string because = std::string(": train.send is ") + (train.send == Send::gradient ? "gradient" : "momentum");
  if (train.send != Send::delta && train.local_steps != 1)
    out.push_back({"train.local_steps", "found " + std::to_string(train.local_steps) + ", expected 1" + because});
  if (train.send != Send::delta && train.proximal != 0)
    out.push_back({"train.proximal", "found " + in_words(train.proximal) + ", expected 0" + because});
  const auto alone = [&](const char* because) {
    if (train.joint > 1) out.push_back({"train.joint", "found " + std::to_string(train.joint) + ", expected 0 or 1" + because});
  };
  if (train.mode == Mode::async) alone(": train.mode is async, and asynchronous workers begin at parameters of their own");
  if (options.faults.mode == FaultOptions::Mode::exact)
    alone(": faults.mode is exact, and the bits would depend on who computes together after a fall");
  if (const RuleEntry* rule = rules.find(options.rule.name))
    if (const auto why = too_many(options.cluster.workers, *rule)) out.push_back({"cluster.workers", *why});
  return out;
}

}  // namespace zenops
