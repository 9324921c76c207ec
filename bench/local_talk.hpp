#pragma once
#include <functional>

#include "bench/figure.hpp"

namespace zenops::bench {

using Report = std::function<void(Figure)>;

/// Actors of one process beside bare CAF's: spawns, notes, questions.
void measure_local_talk(const Effort& effort, const Report& report);
/// What many actors cost, and how fast they are found by name.
void measure_many_actors(size_t count, const Effort& effort, const Report& report);

}  // namespace zenops::bench
