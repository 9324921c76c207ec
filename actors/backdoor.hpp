#pragma once
#include <memory>
#include <optional>

#include "actors/options.hpp"
#include "attacks/attack.hpp"
#include "models/evaluation.hpp"

namespace zenops {

/// The trigger of the first backdoor among the configured attacks, by which it is measured how well the backdoor took; none
/// where there is no backdoor. It keeps the data. Throws UserError (bad_config) when one of the attacks cannot be made on such
/// samples, with its reason.
std::optional<Trigger> trigger_of(const TrainingOptions& options, const Attacks& catalogue, std::shared_ptr<const Dataset> data);

}  // namespace zenops
