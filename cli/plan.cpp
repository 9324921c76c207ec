#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "actors/placing.hpp"
#include "cli/command.hpp"
#include "cli/node_spec.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "configs/config.hpp"
#include "configs/shape.hpp"
#include "runtime/this_machine.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  ConfigArguments config;
  std::vector<std::string> nodes;
  std::string file;
  bool json = false;
};

/// "worker/0-14, shard/0, scheduler": neighbours of one role as a range.
std::string in_short(const std::vector<std::string>& names) {
  std::string out;
  for (size_t k = 0; k < names.size();) {
    const auto split = [&](size_t n) { return names[n].find('/'); };
    const size_t slash = split(k);
    const std::string role = names[k].substr(0, slash);
    size_t end = k + 1;
    if (slash != std::string::npos) {
      const auto index = [&](size_t n) { return std::stoul(names[n].substr(split(n) + 1)); };
      while (end < names.size() && names[end].substr(0, split(end)) == role && index(end) == index(end - 1) + 1) ++end;
    }
    out += (out.empty() ? "" : ", ") + names[k];
    if (end > k + 1) out += "-" + names[end - 1].substr(split(end - 1) + 1);
    k = end;
  }
  return out;
}

Json to_json(const std::vector<Assigned>& placement) {
  Json actors = Json::array();
  for (const Assigned& one : placement)
    actors.push_back({{"name", one.name},
                      {"node", one.node},
                      {"cores", one.needs.cores},
                      {"gpus", one.gpus},
                      {"gpu_share", std::min(1.0, one.needs.gpus)},
                      {"gpu_memory", one.needs.gpu_memory},
                      {"memory", one.needs.memory}});
  return actors;
}

std::string shown(const std::vector<NodeSpec>& specs, const std::vector<Assigned>& placement) {
  std::vector<std::vector<std::string>> rows{{"NODE", "CORES", "GPUS", "MEMORY", "ACTORS"}};
  for (const NodeSpec& spec : specs) {
    double cores = 0, gpus = 0;
    uint64_t memory = 0;
    std::vector<std::string> names;
    for (const Assigned& one : placement) {
      if (one.node != spec.name) continue;
      cores += one.needs.cores;
      gpus += one.needs.gpus;
      memory += one.needs.memory;
      names.push_back(one.name);
    }
    rows.push_back({spec.name, to_text(cores) + " of " + to_text(spec.cores),
                    to_text(Amount::of(gpus).value()) + " of " + std::to_string(spec.gpus.size()),
                    bytes_to_string(memory) + " of " + bytes_to_string(spec.memory), in_short(names)});
  }
  return table(rows);
}

std::vector<NodeSpec> nodes_of(const Arguments& arguments) {
  std::vector<NodeSpec> specs;
  if (!arguments.file.empty()) specs = read_nodes(arguments.file);
  for (const auto& text : arguments.nodes) specs.push_back(read_node(text));
  if (specs.empty()) specs.push_back(this_machine());
  return specs;
}

int plan(const Arguments& arguments, const Catalogue& catalogue) {
  const Config config = load_config(arguments.config.path, arguments.config.overrides, catalogue);
  const auto specs = nodes_of(arguments);
  Ledger ledger;
  for (const NodeSpec& spec : specs)
    if (auto joined = ledger.join(spec); !joined) throw UserError(UserError::bad_config, joined.error().what);
  const auto placement = place(config.training, ledger.view());
  if (arguments.json) {
    const Json json = placement ? Json{{"fits", true}, {"actors", to_json(*placement)}}
                                : Json{{"fits", false}, {"why", placement.error().what}};
    std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  } else if (placement) {
    std::cout << shown(specs, *placement);
  }
  if (placement) return 0;
  if (!arguments.json) complain(placement.error().what);
  return UserError::run_failed;
}

}  // namespace

Command add_plan(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("plan", "show where a config's actors would go, and why not");
  auto arguments = std::make_shared<Arguments>();
  arguments->config.add_to(*app);
  app->add_option("--node", arguments->nodes, "a node and what it has; may be repeated; without any it is this machine")
      ->allow_extra_args(false)
      ->type_name("NAME:cores=N,gpu=N,memory=N,gpu_memory=N");
  app->add_option("--nodes", arguments->file, "a file with a node in each line")->type_name("FILE");
  app->add_flag("--json", arguments->json, "print it as one JSON object");
  app->footer(
      "What actors are given is said in cluster.placement and resources.gpu; what is not said is not counted. It is what they get\n"
      "with cluster.isolation: process; in one process they share one GPU, or as many as one of them asks for. Nothing is started.\n"
      "When they do not fit, a sentence says which resource is missing, how much of it and where; the exit code is "
      "then 1.\n\n"
      "Example: zenops-cli plan configs/fashion_mnist_zeno.yaml --set cluster.placement.worker_cores=1 \\\n"
      "           --node a:cores=8,gpu=2,memory=64G --node b:cores=4,memory=16G");
  return {app, [arguments, &catalogue] { return plan(*arguments, catalogue); }};
}

}  // namespace zenops
