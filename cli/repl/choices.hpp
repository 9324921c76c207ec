#pragma once
#include "actors/catalogue.hpp"
#include "actors/options.hpp"
#include "aggregation/pipeline.hpp"
#include "cli/repl/arguments.hpp"

namespace zenops::repl {

/// "negative scale=200 rate=0.5 start=20", to the end of the statement. A worker that is told to lie does so always unless a
/// rate is given.
AttackOptions take_attack(Arguments& arguments, const Catalogue& catalogue);
/// "nnm + trimmed_mean f=3", to the end of the statement.
RuleChoice take_rule(Arguments& arguments, const Catalogue& catalogue);

}  // namespace zenops::repl
