// Who trains, and where they are.
#include "configs/keys.hpp"

#include "runtime/ledger.hpp"

namespace zenops {
namespace {

using namespace keys;
using Kind = Shape::Kind;

constexpr double most_gpus = NodeSpec::most_gpus;

}  // namespace

std::vector<Key<Config>> cluster_keys() {
  return {
      key(
          "cluster.workers", integer(1, 100'000), [](auto& c) -> auto& { return c.training.cluster.workers; },
          "workers, honest and lying"),
      key(
          "cluster.validators", integer(1, 100'000), [](auto& c) -> auto& { return c.training.cluster.validators; },
          "validators V: worker j is judged by validator j mod V, and their results are averaged"),
      key(
          "cluster.shards", integer(1, 1000), [](auto& c) -> auto& { return c.training.cluster.shards; },
          "server shards that hold the parameters; the result does not depend on it"),
      key(
          "cluster.threads", integer(0, 1024), [](auto& c) -> auto& { return c.training.cluster.threads; },
          "threads that compute; 0: one per core; the result does not depend on it"),
      key(
          "cluster.shard_threads", integer(0, 1024), [](auto& c) -> auto& { return c.training.cluster.shard_threads; },
          "of those threads, how many one shard may use at a time; 0: all"),
      key(
          "cluster.deadline", positive(1e6), [](auto& c) -> auto& { return c.training.cluster.deadline; },
          "seconds after which a round goes on without whoever has not answered"),
      key(
          "cluster.restarts", integer(0), [](auto& c) -> auto& { return c.training.cluster.restarts; },
          "restarts of one actor within restart_period before it is given up"),
      key(
          "cluster.restart_period", positive(1e7), [](auto& c) -> auto& { return c.training.cluster.restart_period; },
          "seconds"),
      key(
          "cluster.serialize", {.kind = Kind::boolean}, [](auto& c) -> auto& { return c.training.cluster.serialize; },
          "write every message to bytes and read it back on its way, to find mistakes in messages"),
      key(
          "cluster.isolation", {"thread", "process"}, [](auto& c) -> auto& { return c.training.cluster.isolation; },
          "where shards, validators and workers live: thread: all in the process that runs them; process: each in one of its own, "
          "restarted when it dies; the result does not depend on it"),
      key(
          "cluster.workers_per_process", integer(1, 1000),
          [](auto& c) -> auto& { return c.training.cluster.workers_per_process; },
          "workers that share a process, with isolation: process"),
      key(
          "cluster.placement.workers", {"pack", "spread", "strict_pack", "strict_spread"}, [](auto& c) -> auto& { return c.training.placement.workers.strategy; },
          "how workers lie on the nodes of a cluster: on as few as possible (pack), on as many as possible (spread), or so or not at all (strict)"),
      key(
          "cluster.placement.shards", {"pack", "spread", "strict_pack", "strict_spread"}, [](auto& c) -> auto& { return c.training.placement.shards.strategy; },
          "how shards lie on the nodes"),
      key(
          "cluster.placement.validators", {"pack", "spread", "strict_pack", "strict_spread"}, [](auto& c) -> auto& { return c.training.placement.validators.strategy; },
          "how validators lie on the nodes"),
      key(
          "cluster.placement.worker_cores", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.workers.cores; },
          "cores that each worker is given on its node, in parts if need be; 0: it takes what is free"),
      key(
          "cluster.placement.shard_cores", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.shards.cores; },
          "cores that each shard is given on its node, in parts if need be; 0: it takes what is free"),
      key(
          "cluster.placement.validator_cores", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.validators.cores; },
          "cores that each validator is given on its node, in parts if need be; 0: it takes what is free"),
      key(
          "cluster.placement.worker_memory", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.workers.memory; },
          "GiB of memory that each worker is given; 0: they are not counted"),
      key(
          "cluster.placement.shard_memory", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.shards.memory; },
          "GiB of memory that each shard is given; 0: they are not counted"),
      key(
          "cluster.placement.validator_memory", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.validators.memory; },
          "GiB of memory that each validator is given; 0: they are not counted"),
      key(
          "cluster.placement.worker_gpus", number(0, most_gpus), [](auto& c) -> auto& { return c.training.placement.workers.gpus; },
          "GPUs of the process in which a worker trains: whole ones, or a part of one; workers that share it share them; resources.gpu "
          "if not given"),
      key(
          "cluster.placement.validator_gpus", number(0, most_gpus), [](auto& c) -> auto& { return c.training.placement.validators.gpus; },
          "GPUs of the process in which a validator trains: whole ones, or a part of one; resources.gpu if not given"),
      key(
          "cluster.placement.shard_gpus", number(0, 1), [](auto& c) -> auto& { return c.training.placement.shards.gpus; },
          "GPU of the process in which a shard lives, for the rows that it measures and combines and for the server's step: one, or a part of "
          "one; with resources.gpu_memory what it fills is counted, too; 0: cores do it, whatever resources.gpu says"),
      key(
          "resources.gpu", number(0, most_gpus), [](auto& c) -> auto& { return c.training.placement.gpus; },
          "GPUs of each process in which workers or validators train: whole ones, or a part of one, like 0.1; all who live in a process "
          "share its GPUs, and with isolation: thread that is everybody; 0: they train on cores"),
      key(
          "resources.gpu_memory", number(0, 1e6), [](auto& c) -> auto& { return c.training.placement.gpu_memory; },
          "GiB of memory on each of the GPUs that such a process is given; 0: it is not counted"),
  };
}

std::vector<Key<Pin>> pin_keys() {
  return {
      key<Pin>(
          "cluster.placement.pins.node", {.kind = Kind::text}, [](auto& p) -> auto& { return p.node; }, "the node where it is to be"),
      {.path = "cluster.placement.pins.gpu",
       .shape = integer(0, most_gpus - 1),
       .sentence = "the GPU of its node that it is given, by its number",
       .get = [](const Pin& p) { return static_cast<uint64_t>(p.gpu.value_or(0)); },
       .set = [](Pin& p, const Value& value) { p.gpu = static_cast<int>(std::get<uint64_t>(value)); }},
  };
}

}  // namespace zenops
