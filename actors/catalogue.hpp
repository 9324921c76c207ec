#pragma once
#include "attacks/attack.hpp"
#include "aggregation/rule.hpp"
#include "models/dataset.hpp"
#include "models/replica.hpp"

namespace zenops {

/// Everything that can be chosen by name. A program adds its own before it starts a run.
struct Catalogue {
  Rules rules = Rules::standard();  // of aggregation
  Attacks attacks = Attacks::standard();  // of liars that are simulated
  Models models = Models::standard();  // that are trained
  Datasets datasets = Datasets::standard();  // that they are trained on
};

}  // namespace zenops
