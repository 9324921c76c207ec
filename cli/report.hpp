#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "actors/training.hpp"
#include "configs/config.hpp"

namespace zenops {

using Json = nlohmann::ordered_json;

/// A line of metrics.jsonl.
Json to_json(const RoundReport& report);
Json to_json(const Evidence& evidence);
/// What a run came to: result.json, and the last line of `run --json`.
Json summary(const TrainingOptions& options, const TrainingResult& result, const std::filesystem::path& weights);
/// On one line; bytes that are not UTF-8 are replaced, NaN and infinities are null.
std::string line(const Json& json);

/// `part` of `whole`; nothing of nothing.
std::optional<double> share(uint64_t part, uint64_t whole);
/// "66.7 %"; "none sent" when there is no share.
std::string percent(std::optional<double> share);
/// A number with so many digits after the point.
std::string fixed(double value, int digits);

}  // namespace zenops
