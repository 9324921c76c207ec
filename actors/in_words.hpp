#pragma once
#include <string>

#include "actors/options.hpp"

namespace zenops {

/// "0.05": the shortest that reads as that number again.
std::string in_words(double number);
std::string in_words(float number);
/// "none", "negative scale=200", "negative scale=200 rate=0.2 start=50"
std::string in_words(const AttackOptions& attack);
/// "nnm + trimmed_mean f=3"; what a pre-aggregator has from its rule is not said again.
std::string in_words(const RuleChoice& choice);

}  // namespace zenops
