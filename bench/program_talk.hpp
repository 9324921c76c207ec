#pragma once
#include "bench/local_talk.hpp"

namespace zenops::bench {

/// The actors of a program, whose local cluster has a head, beside the same actors in a system of their own; and how long a shell's `ls` of
/// a hundred of them takes.
void measure_program_talk(const Effort& effort, const Report& report);

}  // namespace zenops::bench
