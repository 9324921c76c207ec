#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/expected.hpp"
#include "cli/listing.hpp"
#include "cli/partition_table.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "configs/shape.hpp"

namespace zenops {
namespace {

bool has_files(const std::string& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator files(folder, error);
  return !error && files != std::filesystem::directory_iterator();
}

Listed listed(const DatasetEntry& dataset) {
  Listed result{&dataset, {}};
  if (!dataset.usual_path.empty()) {
    const bool present = has_files(dataset.usual_path);
    result.facts.push_back({"folder", dataset.usual_path});
    result.facts.push_back({"present", present});
  }
  result.facts.push_back({"how to get it", dataset.how_to_get});
  return result;
}

struct Arguments {
  std::string config, partition, data, plot;
  std::vector<std::string> overrides;                         // --set
  std::string alpha, gamma, trusted, workers, batch, seed;  // as they were given: the config reads and refuses them
  bool asks_for_parts() const { return !partition.empty() || !config.empty(); }
};

Config config_of(const Arguments& a, const Catalogue& catalogue) {
  auto overrides = a.overrides;
  for (const auto& [key, value] : {std::pair("data.partition", &a.partition), {"data.alpha", &a.alpha}, {"data.gamma", &a.gamma},
                                   {"data.trusted", &a.trusted}, {"data.name", &a.data}, {"data.batch", &a.batch},
                                   {"cluster.workers", &a.workers}, {"seed", &a.seed}})
    if (!value->empty()) overrides.push_back(std::string(key) + "=" + *value);
  if (!a.config.empty()) return load_config(a.config, overrides, catalogue);
  return parse_config("name: datasets", "--partition", overrides, catalogue);
}

/// "fashion_mnist for 10 workers, dirichlet with alpha 0.5, seed 1"
std::string title(const TrainingOptions& options, const std::string& kind) {
  const DataOptions& data = options.data;
  std::string out = data.name + " for " + std::to_string(options.cluster.workers) + " workers, " + kind;
  if (data.partition == PartitionKind::dirichlet || data.partition == PartitionKind::quantity) out += " with alpha " + to_text(data.alpha);
  if (data.partition == PartitionKind::gamma_similarity) out += " with gamma " + to_text(data.gamma);
  return out + ", seed " + std::to_string(options.seed);
}

int show_parts(const Arguments& arguments, bool json, const Catalogue& catalogue) {
  const TrainingOptions options = config_of(arguments, catalogue).training;
  const Dataset data = catalogue.datasets.load(options.data, std::nullopt, options.seed);
  const Partition partition = share_out(options, data.train);
  const PartitionTable table = tabulate(partition, data.train);
  const std::string kind(to_string(options.data.partition));
  if (!arguments.plot.empty()) {
    std::filesystem::path stem = arguments.plot;
    if (stem.extension() == ".png" || stem.extension() == ".svg") stem.replace_extension();
    plot(to_map(table, title(options, kind)), stem);
    std::cerr << "the picture is in " << stem.string() << ".png and .svg\n";
  }
  if (json) {
    Json out{{"data", options.data.name}, {"partition", kind}, {"workers", options.cluster.workers}, {"seed", options.seed}};
    out.update(to_json(table));
    std::cout << line(out) << "\n";
    return 0;
  }
  const Terminal terminal(STDOUT_FILENO);
  std::cout << terminal.bold(title(options, kind)) << "\n" << to_text(table, static_cast<size_t>(std::max(100, terminal.width())));
  return 0;
}

}  // namespace

Command add_datasets(CLI::App& program, const Catalogue& catalogue) {
  auto command = add_listing(program, "datasets", "list the data sets, or show how workers share one",
                             "data: {name: fashion_mnist, path: FOLDER}", [&catalogue] {
                               std::vector<Listed> list;
                               for (const auto& dataset : catalogue.datasets.entries()) list.push_back(listed(dataset));
                               return list;
                             });
  CLI::App* app = command.app;
  auto arguments = std::make_shared<Arguments>();
  Arguments& a = *arguments;
  app->add_option("--partition", a.partition,
                                    "show how many samples of which label each worker gets: contiguous, iid, dirichlet, "
                                    "gamma_similarity, by_label or quantity; as data.partition")
                        ->type_name("NAME");
  app->add_option("--config", a.config, "show that of a run: its YAML file, or preset:NAME")->type_name("FILE");
  std::vector<CLI::Option*> more = {
      app->add_option("--data", a.data, "the data set; sets data.name")->type_name("NAME"),
      app->add_option("--workers", a.workers, "sets cluster.workers")->type_name("N"),
      app->add_option("--alpha", a.alpha, "of dirichlet and quantity; sets data.alpha")->type_name("X"),
      app->add_option("--gamma", a.gamma, "of gamma_similarity; sets data.gamma")->type_name("X"),
      app->add_option("--trusted", a.trusted, "samples of the validators' part; sets data.trusted")->type_name("N"),
      app->add_option("--batch", a.batch, "sets data.batch: a worker with less is refused")->type_name("N"),
      app->add_option("--seed", a.seed, "sets seed")->type_name("N"),
      app->add_option("--set", a.overrides, "change any key, the value in YAML; may be repeated")->allow_extra_args(false)->type_name("KEY=VALUE"),
      app->add_option("--plot", a.plot, "draw it as well: a .png and a .svg of that name")->type_name("FILE")};
  app->footer(
      "In a config: data: {name: fashion_mnist, path: FOLDER}\n\nExample: zenops-cli datasets --json\n"
      "         zenops-cli datasets --partition dirichlet --alpha 0.5 --workers 10 --plot parts.png\n"
      "         zenops-cli datasets --config run.yaml");
  return {app, [arguments, more, app, list = command.act, &catalogue] {
            if (arguments->asks_for_parts()) return show_parts(*arguments, app->get_option("--json")->as<bool>(), catalogue);
            for (const CLI::Option* option : more)
              if (option->count() > 0)
                throw UserError(UserError::bad_config, option->get_name() + ": found without --partition or --config, expected one of them");
            return list();
          }};
}

}  // namespace zenops
