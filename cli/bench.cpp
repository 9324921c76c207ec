#include "cli/bench.hpp"

namespace zenops {

Command add_bench(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("bench",
                                     "measure this machine's speed beside the machine's own limits and what others do");
  app->require_subcommand(1);
  app->footer("Example: zenops-cli bench aggregation --json");
  const std::vector<Command> benches = {add_bench_aggregation(*app, catalogue), add_bench_async(*app, catalogue),
                                        add_bench_rounds(*app, catalogue),      add_bench_training(*app),
                                        add_bench_runtime(*app, catalogue),     add_bench_gpu(*app),                  add_bench_peer(*app)};
  return {app, [benches] {
            for (const auto& bench : benches)
              if (bench.app->parsed()) return bench.act();
            return static_cast<int>(UserError::bad_config);
          }};
}

}  // namespace zenops
