#include "actors/scorekeeper.hpp"

#include "actors/round.hpp"
#include "aggregation/plan.hpp"

namespace zenops {

void Scorekeeper::score(wire::Plan::Reader plan, const std::function<uint32_t(uint32_t)>& number_of,
                        RoundReport& report) const {
  // Each list is fetched once: a message may be walked through only so often.
  const auto entered = plan.getWorkers();
  std::vector<capnp::List<uint8_t>::Reader> verdicts;
  for (auto block : plan.getBlocks()) verdicts.push_back(block.getVerdicts());
  for (auto row : plan.getRows()) {
    WorkerReport worker;
    worker.worker = row.getWorker();
    worker.incarnation = row.getIncarnation();
    const bool refused = row.getState() == wire::State::REFUSED;
    const auto reason = std::string(to_string(static_cast<Ec>(row.getRefusal())));
    worker.state = refused ? reason : std::string(to_string(static_cast<Round::State>(row.getState())));
    uint32_t place = 0;
    while (place < entered.size() && entered[place] != worker.worker) ++place;
    const bool enters = place < entered.size();
    const auto blocks = row.getBlocks();
    const auto would_be = row.getVerdicts();
    worker.quarantined = row.getQuarantined();
    const uint32_t number = number_of(worker.worker);
    const bool whole = adversary_.repeats(worker.worker, number) > 0 || adversary_.colludes(worker.worker, number);
    for (uint32_t b = 0; b < blocks.size(); ++b) {
      // Nobody looked into a refused row: what its sender had put on its way counts.
      if (!(refused ? participation_.sends(worker.worker, number, b) : blocks[b])) continue;
      const bool poisoned = whole || adversary_.poisons(worker.worker, number, b);
      const auto verdict = enters ? static_cast<Verdict>(verdicts[b][place]) : Verdict::opposes;
      const bool accepted = enters && verdict == Verdict::accepted;
      ++(poisoned ? report.tally.poisoned : report.tally.honest);
      worker.poisoned += poisoned;
      if (accepted) {
        ++(poisoned ? report.tally.poisoned_accepted : report.tally.honest_accepted);
        ++worker.accepted;
      } else {
        ++worker.refused[enters ? std::string(to_string(verdict)) : refused ? reason : worker.quarantined ? "quarantined" : "not judged"];
        if (b < would_be.size())
          ++(static_cast<Verdict>(would_be[b]) == Verdict::accepted ? worker.would_accept : worker.would_refuse);
      }
    }
    report.workers.push_back(std::move(worker));
  }
}

}  // namespace zenops
