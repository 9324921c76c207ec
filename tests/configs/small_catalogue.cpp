#include "tests/configs/small_catalogue.hpp"

namespace zenops {
namespace {

Parameter parameter(std::string name, double usual, double min, double max) {
  return {.name = std::move(name), .default_value = usual, .min = min, .max = max, .sentence = "for a test"};
}

template <class Entry>
Entry entry(std::string name, std::vector<Parameter> parameters = {}) {
  Entry result;
  result.name = std::move(name);
  result.parameters = std::move(parameters);
  return result;
}

}  // namespace

Catalogue small_catalogue() {
  auto ratio = parameter("trim_ratio", 0.2, 0, 0.5);
  ratio.open_max = true;
  auto trimmed_mean = entry<RuleEntry>("trimmed_mean", {ratio});
  trimmed_mean.objection = [](const Parameters& parameters, size_t rows) -> std::optional<std::string> {
    if (rows >= 3) return std::nullopt;
    return "trimmed_mean with trim_ratio " + std::to_string(parameters.at("trim_ratio")).substr(0, 3) +
           " needs n ≥ 3, got n = " + std::to_string(rows);
  };
  Rules rules;
  rules.add(entry<RuleEntry>("average"));
  rules.add(trimmed_mean);
  rules.add(entry<RuleEntry>("zeno", {parameter("eta", 0, -1, 1), parameter("rho", 0.6, 0, 100)}));
  auto liars = parameter("f", 1, 0, 100);
  liars.integer = liars.optional = true;
  rules.add(entry<PreAggregatorEntry>("nnm", {liars}));
  rules.add(entry<PreAggregatorEntry>("clipping", {parameter("c", 2, 0, 1e30)}));

  Attacks attacks;
  attacks.add(entry<AttackEntry>("none"));
  attacks.add(entry<AttackEntry>("negative", {parameter("scale", 10, 0, 1e30)}));
  attacks.add(entry<AttackEntry>("random", {parameter("scale", 10, 0, 1e30)}));

  Models models;
  models.add(entry<ModelEntry>("mlp"));
  models.add(entry<ModelEntry>("cnn_mnist"));
  models.add(entry<ModelEntry>(scripted_model));

  auto classes = parameter("classes", 3, 2, 256);
  classes.integer = true;
  auto noise = parameter("noise", 0, 0, 1);
  noise.optional = true;
  Datasets datasets;
  datasets.add(entry<DatasetEntry>("fashion_mnist"));
  datasets.add(entry<DatasetEntry>("blobs", {classes, noise}));
  return {.rules = rules, .attacks = attacks, .models = models, .datasets = datasets};
}

}  // namespace zenops
