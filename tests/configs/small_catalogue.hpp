#pragma once
#include "actors/catalogue.hpp"

namespace zenops {

/// Names enough for a test, so that what messages list does not change when a rule is added to the real one.
Catalogue small_catalogue();

}  // namespace zenops
