#pragma once
#include "cli/command.hpp"

namespace zenops {

/// What `bench` can measure: each a subcommand of it.
Command add_bench_aggregation(CLI::App& bench, const Catalogue& catalogue);
Command add_bench_async(CLI::App& bench, const Catalogue& catalogue);
Command add_bench_gpu(CLI::App& bench);
Command add_bench_rounds(CLI::App& bench, const Catalogue& catalogue);
Command add_bench_training(CLI::App& bench);
Command add_bench_runtime(CLI::App& bench, const Catalogue& catalogue);
/// What `bench runtime` starts as its other processes.
Command add_bench_peer(CLI::App& bench);

}  // namespace zenops
