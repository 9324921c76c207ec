#pragma once
#include "actors/catalogue.hpp"
#include "tests/actors/blobs.hpp"

namespace zenops {

/// The catalogue, and two collusions that need no more than the mean: `mean_times` sends `factor` times it; `harder` does so the harder
/// the more rounds it remembers.
inline Catalogue with_collusions() {
  Catalogue catalogue;
  AttackEntry entry;
  entry.name = "mean_times";
  entry.sentence = "sends `factor` times the honest mean";
  entry.lie = Lie::collusion;
  entry.sees = Sight::statistics;
  entry.parameters = {{.name = "factor", .default_value = -1, .min = -100, .max = 100, .sentence = "how often"}};
  entry.collude = [](const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
    for (size_t i = 0; i < lie.size(); ++i) lie[i] = static_cast<float>(parameters.at("factor")) * known.mean[i];
  };
  catalogue.attacks.add(entry);
  entry.name = "harder";
  entry.sentence = "sends minus the honest mean, more of it in every round";
  entry.parameters.clear();
  entry.collude = [](const Knowledge& known, const Parameters&, AttackMemory& memory, Stream& stream, std::span<float> lie) {
    if (memory.empty()) memory.push_back(0);
    memory[0] += 0.25f;
    for (size_t i = 0; i < lie.size(); ++i) lie[i] = -memory[0] * known.mean[i] + 0.01f * stream.normal();
  };
  catalogue.attacks.add(entry);
  return catalogue;
}

inline AttackOptions collusion(std::string name, std::vector<uint32_t> workers, Parameters parameters = {}, double rate = 1) {
  return {.name = std::move(name), .parameters = std::move(parameters), .rate = rate, .workers = std::move(workers)};
}

}  // namespace zenops
