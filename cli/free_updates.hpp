#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "actors/catalogue.hpp"

namespace zenops {

struct FreeUpdatesOptions {
  std::string rule = "zenopp";  // one that judges updates alone
  size_t dimension = 860'000;
  uint32_t workers = 8, shards = 2, rounds = 100;
  int threads = 2;
};

struct FreeUpdates {
  double seconds = 0;        // of an update, from one to the next
  double bound_seconds = 0;  // of the memory that an update moves at least: the row is read beside the one it is judged by, where the
                             // rule has one; then parameters and row are read and new parameters written
  double ratio() const { return bound_seconds / seconds; }
};

/// Asynchronous training whose workers and validator cost nothing: they answer at once with a row that they have. What is left is what
/// shards, scheduler and messages cost. The bound is measured in the same process, on as many threads.
FreeUpdates measure_free_updates(const FreeUpdatesOptions& options, const Rules& rules);

}  // namespace zenops
