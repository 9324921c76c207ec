#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <system_error>

#include "actors/backdoor.hpp"
#include "base/pool.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"
#include "configs/config.hpp"
#include "models/evaluation.hpp"

namespace zenops {
namespace {

struct Arguments {
  std::string target, model, data;
  std::vector<std::string> overrides;
  bool json = false;
};

/// The config.yaml of the run that the weights are of: in their folder, or in the one above for a checkpoint.
std::filesystem::path config_beside(const std::filesystem::path& target) {
  std::error_code error;
  const auto folder = std::filesystem::is_directory(target, error) ? target : target.parent_path();
  for (const auto& path : {folder / "config.yaml", folder / ".." / "config.yaml"})
    if (std::filesystem::exists(path, error)) return path;
  return {};
}

Config config_of(const Arguments& arguments, const Catalogue& catalogue) {
  auto overrides = arguments.overrides;
  if (!arguments.data.empty()) overrides.insert(overrides.begin(), "data={name: " + arguments.data + "}");
  if (!arguments.model.empty()) overrides.insert(overrides.begin(), "model={name: " + arguments.model + "}");
  const auto path = config_beside(arguments.target);
  if (arguments.model.empty() || arguments.data.empty()) {
    if (path.empty()) {
      throw UserError(UserError::bad_config, arguments.target +
                                                 ": no run's config.yaml is beside it, expected --model and "
                                                 "--data to say what its weights are of");
    }
    return load_config(path, overrides, catalogue);
  }
  return parse_config("name: eval", "--model and --data", overrides, catalogue);
}

std::string in_words(const Scores& scores, std::optional<double> attack_success, const std::string& data) {
  std::string text = "accuracy " + fixed(scores.accuracy(), 4) + ", top-5 " + fixed(scores.top5_accuracy(), 4) +
                     ", loss " + fixed(scores.mean_loss(), 4) + " on the " + std::to_string(scores.count) +
                     " labels of the test set of " + data + "\n";
  if (attack_success) text += percent(attack_success) + " of the images of other labels get the backdoor's with its patch\n";
  std::vector<std::vector<std::string>> rows{{"class", "labels", "accuracy"}};
  const auto classes = scores.class_accuracy();
  for (size_t c = 0; c < classes.size(); ++c)
    rows.push_back(
        {std::to_string(c), std::to_string(scores.all[c]), std::isnan(classes[c]) ? "" : fixed(classes[c], 4)});
  return text + table(rows, {1, 2});
}

int eval(const Arguments& arguments, const Catalogue& catalogue) {
  Config config = config_of(arguments, catalogue);
  auto& options = config.training;
  options.model.init = arguments.target;
  const auto data = std::make_shared<const Dataset>(load_data(options, catalogue));
  const auto trigger = trigger_of(options, catalogue.attacks, data);
  const ReplicaFactory factory(options.model, input_shape(data->test), options.seed, catalogue.models);
  Pool pool(options.cluster.threads);
  const Scores scores = evaluate(factory, data->test, pool);
  std::optional<double> attack_success;
  if (trigger) {
    const Scores triggered = evaluate_trigger(factory, data->test, *trigger, pool);
    attack_success = share(triggered.top1, triggered.count);
  }
  if (!arguments.json) {
    std::cout << in_words(scores, attack_success, options.data.name);
    return 0;
  }
  Json json{{"weights", arguments.target},
                     {"model", options.model.name},
                     {"data", options.data.name},
                     {"labels", scores.count},
                     {"loss", scores.mean_loss()},
                     {"accuracy", scores.accuracy()},
                     {"top5_accuracy", scores.top5_accuracy()},
                     {"class_accuracy", scores.class_accuracy()}};
  if (attack_success) json["attack_success"] = *attack_success;
  std::cout << line(json) << "\n";
  return 0;
}

}  // namespace

Command add_eval(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("eval", "score weights on a test set");
  auto arguments = std::make_shared<Arguments>();
  app->add_option("target", arguments->target, "a run's folder, or a safetensors file")->required()->type_name("PATH");
  app->add_option("--model", arguments->model, "whose weights they are; without it, what their run says")
      ->type_name("NAME");
  app->add_option("--data", arguments->data, "the data set; without it, what their run says")->type_name("NAME");
  app->add_option("--set", arguments->overrides, "change a key of the config, the value in YAML; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  app->add_flag("--json", arguments->json, "print one JSON object");
  app->footer(
      "Loss, accuracy (top-1), top-5 and the accuracy of each class. Weights whose names or shapes are not the "
      "model's\n"
      "are refused, each of them named, with exit code 3.\n\n"
      "Example: zenops-cli eval runs/fashion_mnist_zeno\n"
      "         zenops-cli eval net.safetensors --model cnn_mnist --data mnist --set data.path=FOLDER");
  return {app, [arguments, &catalogue] { return eval(*arguments, catalogue); }};
}

}  // namespace zenops
