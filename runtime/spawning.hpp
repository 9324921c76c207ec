#pragma once
#include <string>
#include <vector>

#include "runtime/cluster.hpp"

namespace zenops {

/// What a process is told to make an actor of a program's type of: Program::make() reads it.
std::string made_of(const std::string& type, const Envelope& arguments);

/// The question to the head, all of whose actors are made so; `here`: in the process that asks.
Envelope spawning(uint64_t job, const std::vector<std::string>& names, const std::string& made, const SpawnOptions& how, bool here);

}  // namespace zenops
