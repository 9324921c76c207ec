#pragma once
#include <unistd.h>

#include "actors/snapshots.hpp"
#include "tests/actors/blobs.hpp"
#include "tests/actors/trained.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {

/// A run with everything that has a memory: momentum, what was left out and what compression lost, a liar's copies, a
/// rule that believes what it made before, the server's optimizer, several validators and shards.
inline TrainingOptions with_memory() {
  auto o = blobs(6, 2, 3);
  o.train.rounds = 14;
  o.train.eval_every = 3;
  o.train.subsample = 0.8;
  o.train.sparsity = 0.3;
  o.train.compression = {.kind = CompressionOptions::Kind::top_k, .share = 0.3};
  o.train.server = {.kind = ServerOptions::Kind::adam, .lr = 0.05f};
  o.rule = {.name = "centered_clipping", .parameters = {}};
  o.attacks = {{.name = "stale_copy", .parameters = {{"age", 2}}, .rate = 1, .workers = {1}}};
  return o;
}

/// Everything of a report that is the same in every run.
inline std::string facts(const RoundReport& r) {
  std::string out = std::to_string(r.round) + "/" + std::to_string(r.rounds) + " lr " + std::to_string(r.lr) +
                    " loss " + (r.loss ? std::to_string(*r.loss) : "none") + " tally " +
                    std::to_string(r.tally.honest) + " " + std::to_string(r.tally.honest_accepted) + " " +
                    std::to_string(r.tally.poisoned) + " " + std::to_string(r.tally.poisoned_accepted);
  if (r.evaluation)
    out += " accuracy " + std::to_string(r.evaluation->accuracy) + " loss " + std::to_string(r.evaluation->loss);
  for (const auto& w : r.workers) {
    out += "; " + std::to_string(w.worker) + " " + w.state + " " + std::to_string(w.accepted) + " " +
           std::to_string(w.poisoned);
    for (const auto& [why, count] : w.refused) out += " " + why + " " + std::to_string(count);
  }
  return out;
}

inline std::vector<std::string> facts(const std::vector<RoundReport>& rounds, uint32_t first = 1) {
  std::vector<std::string> out;
  for (const auto& r : rounds)
    if (r.round >= first) out.push_back(facts(r));
  return out;
}

inline std::string notes(const std::vector<RoundReport>& rounds) {
  std::string out;
  for (const auto& r : rounds)
    for (const auto& note : r.notes) out += note + "\n";
  return out;
}

}  // namespace zenops
