#pragma once
#include <functional>
#include <string>

#include "runtime/shared_memory.hpp"
#include "runtime/troupe.hpp"

namespace zenops {

/// What a process has for the actors that it brings to life.
struct Means {
  Pool& pool;
  std::shared_ptr<SharedMemory> memory;
  std::string node = {};  // on which it is
  std::string label = {};  // the first who lives there
  int gpus = 0;           // that it was given, and sees no others; none: it may see some, which are not its
};

/// What a process does that a node started: joins the cluster, brings to life whom the head asks for, and ends when the head says
/// so or is gone. Who was given GPUs sees only these: CUDA_VISIBLE_DEVICES says them before anything else is done. `birth` is what its nursery was told; `threads` says how many compute in a process of that label. Does not return
/// from a process that has lived: it exits.
int live(const std::string& birth, const std::string& version, const std::function<int(const std::string& label)>& threads,
         const std::function<Troupe(const Means&)>& make);

}  // namespace zenops
