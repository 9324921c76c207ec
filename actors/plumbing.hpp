#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "actors/catalogue.hpp"
#include "actors/options.hpp"

namespace zenops {

struct PlumbingReport {
  uint64_t checks = 0;                  // comparisons of what came with what was pushed
  std::vector<std::string> mismatches;  // a sentence each
};

/// Zeno-PS's test of its plumbing (test_zenops_worker.py, test_zenops_validator.py; zeno-ps: C.12) on the scheduler, the shards, the
/// judges and the messages of a run, with nothing to train. In round i = 0, 1, … of options.train.rounds
///
///   validator r pushes (r + 1) 3 2^i into the block `parameter`, which belongs to validators: it must grow by (V + 1) / 2 3 2^i,
///     the pushes' sum over V, for everybody who pulls it;
///   every worker pushes 4 2^i into the block `gradient`: its validator must see that very number, and the block must grow by it;
///   worker j pushes 10 j + i into `indicator`: its validator must see that, in the seat of worker j.
///
/// A validator does not see rows but what the shards measured of them against its own row, which here is of ones: ⟨u, 1⟩ = d c and
/// ‖u‖² = d c² together hold for the row of c alone (Cauchy and Schwarz). The cluster, the attacks and the seed are those of the options,
/// so that a worker that lies makes it fail. Throws UserError when the rounds do not end, or are more than numbers that double can bear.
PlumbingReport run_plumbing(const TrainingOptions& options, const Catalogue& catalogue);

}  // namespace zenops
