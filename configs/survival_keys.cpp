// Who falls, and what is kept of a run.
#include "configs/keys.hpp"

#include <array>

namespace zenops {
namespace {

using namespace keys;
using Kind = Shape::Kind;

}  // namespace

std::vector<Key<Config>> survival_keys() {
  return {
      key(
          "snapshots.every", integer(0), [](auto& c) -> auto& { return c.training.snapshots.every; },
          "rounds between two snapshots of everything, in the run's snapshots/, from which `run --resume` goes on; 0: none"),
      key(
          "snapshots.keep", integer(1), [](auto& c) -> auto& { return c.training.snapshots.keep; }, "snapshots that stay, the newest"),
      key(
          "faults.mode", {"elastic", "exact"}, [](auto& c) -> auto& { return c.training.faults.mode; },
          "when somebody falls: elastic: the run goes on with what there is; exact: everybody goes back to the last snapshot, and the "
          "result has the bits of a run in which nobody fell"),
      key(
          "output.runs", {.kind = Kind::text}, [](auto& c) -> auto& { return c.runs; },
          "the folder in which the run's own folder is made"),
      key(
          "output.checkpoint_every", integer(0), [](auto& c) -> auto& { return c.training.checkpoints.every; },
          "rounds between two checkpoints, which the run's folder has in checkpoints/, beside the best that was evaluated; "
          "0: none"),
      key(
          "output.keep", integer(1), [](auto& c) -> auto& { return c.training.checkpoints.keep; },
          "checkpoints that stay, the newest, beside the best"),
  };
}

std::vector<Key<Fault>> fault_keys() {
  return {
      key<Fault>(
          "faults.inject.kill", {.kind = Kind::text}, [](auto& f) -> auto& { return f.kill; },
          "who is made to fall, once: worker/3, shard/0, validator/1, evaluator or adversary"),
      key<Fault>(
          "faults.inject.round", integer(1), [](auto& f) -> auto& { return f.round; }, "in which round"),
      {.path = "faults.inject.at",
       .shape = choice({"before", "open", "apply"}),
       .sentence = "before the round opens, while its rows are awaited, or while the shards make its version",
       .get = [](const Fault& f) { return std::string(std::array{"before", "open", "apply"}[static_cast<size_t>(f.at)]); },
       .set =
           [](Fault& f, const Value& value) {
             const auto& name = std::get<std::string>(value);
             f.at = name == "before" ? Fault::At::before : name == "open" ? Fault::At::open : Fault::At::apply;
           }},
  };
}

}  // namespace zenops
