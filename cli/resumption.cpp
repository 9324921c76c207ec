#include "cli/resumption.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/expected.hpp"

namespace zenops {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Whether another value of that key leaves what was computed as it is.
bool may_change(const std::string& key) {
  for (const char* free :
       {"train.rounds", "train.epochs", "train.eval_every", "output.checkpoint_every", "output.keep"})
    if (key == free) return true;
  if (key == "cluster.workers" || key == "cluster.validators") return false;
  return std::ranges::any_of(std::initializer_list<const char*>{"cluster.", "snapshots.", "faults."},
                             [&](const char* section) { return key.starts_with(section); });
}

void check(const std::vector<std::string>& overrides) {
  for (const std::string& assignment : overrides)
    if (const std::string key = assignment.substr(0, assignment.find('=')); !may_change(key))
      throw UserError(UserError::bad_config,
                      "--set " + assignment +
                          ": a run that is taken up goes on as it began; expected train.rounds, train.epochs, "
                          "train.eval_every, or a key of cluster (but workers and validators), snapshots, "
                          "faults or output (but runs)");
}

/// result.json, when it is of a run that was not stopped and has all its rounds.
std::string complete_result(const std::filesystem::path& folder, const TrainOptions& train, bool other_epochs) {
  std::string text = text_of(folder / "result.json");
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("stopped", true) || other_epochs) return {};
  const bool all = train.epochs > 0 || json.value("rounds", 0u) >= train.rounds;
  return all ? text : "";
}

}  // namespace

Resumption take_up(const std::filesystem::path& folder, const std::vector<std::string>& overrides,
                   const Catalogue& catalogue) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(folder / "config.yaml", error))
    throw UserError(UserError::bad_data, folder.string() + ": not a run's folder: there is no config.yaml in it");
  check(overrides);
  Resumption out{folder, load_config(folder / "config.yaml", overrides, catalogue), nullptr, {}};
  if (out.config.plumbing)
    throw UserError(UserError::bad_config,
                    folder.string() + ": it checked the plumbing and trained nothing that could go on");
  if (out.config.training.train.mode == Mode::async)
    throw UserError(UserError::bad_config,
                    folder.string() + ": its train.mode is async, and asynchronous runs cannot be taken up again yet");
  const bool other_epochs = std::ranges::any_of(
      overrides, [](const std::string& assignment) { return assignment.starts_with("train.epochs="); });
  out.result = complete_result(folder, out.config.training.train, other_epochs);
  if (!out.result.empty()) return out;
  bool damaged = false;
  out.snapshot = Snapshots(folder / "snapshots", 1).newest([&](const std::string& news) {
    damaged = true;
    std::cerr << news + '\n';
  });
  if (!out.snapshot)
    throw UserError(UserError::bad_data, folder.string() + ": there is no snapshot " +
                                             (damaged ? "that can be used" : "in it") + " to go on from" +
                                             (damaged ? "" : " (snapshots.every says when there is one)"));
  if (damaged) std::cerr << "going on from the one of round " + std::to_string(out.snapshot->round) + " instead\n";
  return out;
}

}  // namespace zenops
