#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/options.hpp"
#include "aggregation/rule.hpp"
#include "runtime/envelope.hpp"

namespace zenops {

/// A value that cannot be beside another of the run's options.
struct Contradiction {
  std::string key;       // "train.local_steps"
  std::string sentence;  // "found 2, expected 1: train.send is gradient"
};

/// What of these options contradicts itself, whoever put them together. A rule that is not in the catalogue contradicts nothing.
std::vector<Contradiction> contradictions(const TrainingOptions& options, const Rules& rules);

/// So many workers a rule takes that asks for each sender's sum: a shard's state holds a row of each, beside the parameters, what the
/// server's optimizer remembers and some room, and is one message (Envelope::max_rows).
inline constexpr uint32_t most_summed = Envelope::max_rows - 16;

/// Why so many workers are too many for a rule, or nothing: "found 5000, expected at most 4080: …".
std::optional<std::string> too_many(uint32_t workers, const RuleEntry& rule);

}  // namespace zenops
