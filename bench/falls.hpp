#pragma once
#include <string>
#include <vector>

#include "bench/local_talk.hpp"

namespace zenops::bench {

/// The job's processes of measure_falls: the program of its nursery.
int fallen_nursery(const std::string& version);
/// How soon a cluster hears that a process was killed or frozen, and how soon its actor answers again. `nursery`: the
/// arguments of this program with which it calls fallen_nursery().
void measure_falls(const std::vector<std::string>& nursery, const std::string& version, const Effort& effort,
                   const Report& report);

}  // namespace zenops::bench
