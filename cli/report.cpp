#include "cli/report.hpp"

#include <algorithm>
#include <cstdio>

#include "base/sha256.hpp"
#include "configs/shape.hpp"

namespace zenops {
namespace {

Json or_null(std::optional<double> value) { return value ? Json(*value) : Json(); }

Json to_json(const WorkerReport& worker) {
  Json json{{"worker", worker.worker},     {"incarnation", worker.incarnation}, {"state", worker.state},
          {"accepted", worker.accepted}, {"refused", worker.refused},         {"poisoned", worker.poisoned},
          {"loss", or_null(worker.loss)},
          {"staleness", worker.staleness ? Json(*worker.staleness) : Json()}};
  if (worker.quarantined)
    json["quarantined"] = {{"would_accept", worker.would_accept}, {"would_refuse", worker.would_refuse}};
  return json;
}

Json to_json(const std::map<std::string, Bytes>& traffic) {
  Json json = Json::object();
  for (const auto& [kind, bytes] : traffic) json[kind] = {{"sent", bytes.sent}, {"received", bytes.received}};
  return json;
}

/// Of a round's updates; null where nothing can be stale.
Json staleness(const RoundReport& report) {
  double sum = 0, count = 0;
  uint32_t most = 0;
  for (const auto& worker : report.workers) {
    if (!worker.staleness) continue;
    sum += *worker.staleness;
    ++count;
    most = std::max(most, *worker.staleness);
  }
  if (count == 0) return {};
  return {{"mean", sum / count}, {"max", most}};
}

/// Only runs with a backdoor have one.
void add_attack_success(const Evaluation& evaluation, Json& json) {
  if (evaluation.attack_success) json["attack_success"] = *evaluation.attack_success;
}

}  // namespace

Json to_json(const RoundReport& report) {
  Json workers = Json::array();
  for (const auto& worker : report.workers) workers.push_back(to_json(worker));
  const auto& tally = report.tally;
  Json json{{"round", report.round},
          {"rounds", report.rounds},
          {"epoch", report.epoch},
          {"lr", widened(report.lr)},
          {"wall_seconds", report.wall_seconds},
          {"compute_seconds", report.compute_seconds},
          {"transfer_seconds", report.transfer_seconds},
          {"aggregation_seconds", report.aggregation_seconds},
          {"loss", or_null(report.loss)},
          {"accuracy", report.evaluation ? Json(report.evaluation->accuracy) : Json()},
          {"test_loss", report.evaluation ? Json(report.evaluation->loss) : Json()},
          {"top5_accuracy", report.evaluation ? Json(report.evaluation->top5) : Json()},
          {"class_accuracy", report.evaluation ? Json(report.evaluation->classes) : Json()},
          {"honest", tally.honest},
          {"honest_accepted", tally.honest_accepted},
          {"poisoned", tally.poisoned},
          {"poisoned_accepted", tally.poisoned_accepted},
          {"bytes", to_json(report.traffic)},
          {"alpha", or_null(report.alpha)},
          {"simulated_seconds", or_null(report.simulated_seconds)},
          {"staleness", staleness(report)},
          {"workers", std::move(workers)},
          {"notes", report.notes}};
  if (report.evaluation) add_attack_success(*report.evaluation, json);
  return json;
}

Json to_json(const Evidence& evidence) {
  return {{"round", evidence.round},
          {"worker", evidence.worker},
          {"incarnation", evidence.incarnation},
          {"rule", evidence.rule},
          {"what", evidence.what},
          {"numbers", evidence.numbers},
          {"rows_sha256", evidence.rows_sha256}};
}

Json summary(const TrainingOptions& options, const TrainingResult& result, const std::filesystem::path& weights) {
  const auto& tally = result.tally;
  Json json{{"name", options.name},
          {"accuracy", result.evaluation.accuracy},
          {"loss", result.evaluation.loss},
          {"top5_accuracy", result.evaluation.top5},
          {"class_accuracy", result.evaluation.classes},
          {"rounds", result.rounds},
          {"rounds_per_s", result.wall_seconds > 0 ? result.rounds / result.wall_seconds : 0},
          {"outside_compute", result.outside_compute()},
          {"accepted",
           {{"honest", or_null(share(tally.honest_accepted, tally.honest))},
            {"poisoned", or_null(share(tally.poisoned_accepted, tally.poisoned))}}},
          {"seconds", result.wall_seconds},
          {"threads", result.threads},
          {"stopped", result.stopped},
          {"notes", result.notes},
          {"weights", weights.string()},
          {"sha256", sha256(std::as_bytes(std::span(result.weights)))}};
  add_attack_success(result.evaluation, json);
  return json;
}

std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<double> share(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(std::optional<double> share) { return share ? fixed(100 * *share, 1) + " %" : "none sent"; }

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace zenops
