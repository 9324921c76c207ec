#pragma once
#include <memory>
#include <string>
#include <vector>

namespace zenops {

class SharedMemory;

/// How a run's processes come to be. The runtime knows nothing of training; this is what it is given.
struct ProcessPlan {
  std::string version;                // of the program
  std::string job;                    // from which the nursery's program makes the same cast
  std::vector<std::string> nursery;   // the arguments of this program with which it is a nursery
  std::string address = {};           // of the head of a running cluster; empty: one of this run's own
  std::shared_ptr<SharedMemory> memory = {};  // in which the rows of this process lie
  std::string bind = "127.0.0.1";  // where this process listens, in a cluster that is not its own
};

}  // namespace zenops
