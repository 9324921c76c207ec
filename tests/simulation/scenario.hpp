#pragma once
#include <optional>
#include <string>
#include <vector>

#include "actors/options.hpp"
#include "tests/simulation/cluster.hpp"

namespace zenops::simulation {

/// What one seed stands for.
struct Scenario {
  uint64_t seed = 1;
  uint32_t workers = 4, validators = 1, shards = 2, rounds = 10;
  bool exact = false;
  uint32_t every = 2;  // rounds between two snapshots; exact
  double skips = 0;    // share of rounds that a worker leaves out
  Duration deadline = ms(3000);
  Cluster::Options cluster;
  std::vector<Fault> inject;
  uint32_t faults = 0;  // crashes, freezes and cuts at moments of their own
  uint32_t pauses = 0;  // that the operator makes at moments of their own, longer than any deadline
  bool wire = true;     // only what a connection of TCP between processes can do

  static Scenario of(uint64_t seed);
  std::string describe() const;
};

struct Outcome {
  std::string violation;              // empty: all was as it must be
  std::string story;                  // the last events
  std::optional<std::string> failed;  // the sentence with which the run ended
  uint32_t restored = 0;              // times that everybody went back
  uint32_t recalled = 0;              // parts that somebody had
  bool inexact = false;               // the run says that its bits are not those of one without faults
  std::vector<float> weights;
  double seconds = 0;  // of simulated time
  Counts counts;
};

}  // namespace zenops::simulation
