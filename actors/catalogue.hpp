#pragma once
#include "actors/attack.hpp"
#include "aggregation/rule.hpp"
#include "models/dataset.hpp"
#include "models/replica.hpp"

namespace zenops {

/// Everything that can be chosen by name. A program adds its own before it starts a run.
struct Catalogue {
  Rules rules = Rules::standard();
  Attacks attacks = Attacks::standard();
  Models models = Models::standard();
  Datasets datasets = Datasets::standard();
};

}  // namespace zenops
