#include "tests/simulation/scenario.hpp"

#include "actors/wire/compose.hpp"

namespace zenops::simulation {

Scenario Scenario::of(uint64_t seed) {
  Dice dice(seed, 0);
  Scenario out;
  out.seed = seed;
  out.validators = dice.within(1, 2);
  out.workers = dice.within(2 * out.validators, 6);
  out.shards = dice.within(1, 3);
  out.rounds = dice.within(5, 12);
  out.exact = dice.chance(0.35);
  out.every = dice.within(1, 4);
  out.skips = dice.chance(0.3) ? 0.2 : 0;
  out.deadline = dice.time(1500, 4000);
  out.wire = dice.chance(0.75);
  out.faults = dice.chance(0.1) ? 0 : dice.within(1, 4);
  Cluster::Options& c = out.cluster;
  c.seed = seed;
  c.nodes = dice.within(2, 4);
  c.network.most_delay = dice.chance(0.3) ? ms(20) : ms(2);
  c.network.late = dice.chance(0.3) ? 0.01 : 0;
  if (!out.wire) {
    c.network.lost = dice.chance(0.5) ? 0.002 : 0;
    c.network.twice = dice.chance(0.5) ? 0.05 : 0;
  }
  c.network.head_apart = dice.chance(0.5);
  c.bytes = dice.chance(0.25);
  c.restarts.intensity = dice.chance(0.15) ? 1 : 5;
  const uint32_t injected = dice.chance(0.5) ? 0 : dice.within(1, 2);
  for (uint32_t k = 0; k < injected; ++k) {
    Fault fault;
    const uint32_t kind = dice.below(4);
    fault.kill = kind == 0   ? nth("shard", dice.below(out.shards))
                 : kind == 1 ? nth("validator", dice.below(out.validators))
                 : kind == 2 ? nth("worker", dice.below(out.workers))
                             : "evaluator";
    fault.round = dice.within(1, out.rounds);
    fault.at = static_cast<Fault::At>(dice.below(3));
    out.inject.push_back(fault);
  }
  out.pauses = dice.chance(0.3) ? dice.within(1, 3) : 0;
  return out;
}

std::string Scenario::describe() const {
  std::string out = "seed " + std::to_string(seed) + ": " + std::to_string(workers) + " workers, " +
                    std::to_string(validators) + " validators, " + std::to_string(shards) + " shards, " +
                    std::to_string(rounds) + " rounds, " +
                    (exact ? "exact, a snapshot every " + std::to_string(every) + " rounds, " : "elastic, ") +
                    std::to_string(faults) + " faults" + (wire ? "" : ", messages are lost or come twice") +
                    (pauses > 0 ? ", " + std::to_string(pauses) + " pauses" : "") +
                    (cluster.network.head_apart ? ", the head apart" : "");
  for (const Fault& f : inject)
    out +=
        ", kills " + f.kill + " in round " + std::to_string(f.round) + " at " + std::to_string(static_cast<int>(f.at));
  return out;
}

}  // namespace zenops::simulation
