#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/table.hpp"
#include "configs/reference.hpp"

namespace zenops {
namespace {

std::string keys_table(const Catalogue& catalogue) {
  std::vector<std::vector<std::string>> rows{{"KEY", "DEFAULT", "VALUE"}};
  for (const auto& key : nlohmann::json::parse(configuration_json(catalogue)))
    rows.push_back({key["key"], key["default"], key["value"]});
  return table(rows);
}

}  // namespace

Command add_config(CLI::App& program, const Catalogue& catalogue) {
  struct Arguments {
    bool reference = false, json = false;
  };
  auto* app = program.add_subcommand("config", "list the keys of a config");
  auto arguments = std::make_shared<Arguments>();
  auto* reference = app->add_flag("--reference", arguments->reference, "the whole reference page, in Markdown");
  app->add_flag("--json", arguments->json, "the keys as JSON")->excludes(reference);
  app->footer("Example: zenops-cli config --reference > configuration.md");
  return {app, [arguments, &catalogue] {
            if (arguments->json)
              std::cout << configuration_json(catalogue) << "\n";
            else
              std::cout << (arguments->reference ? configuration_reference(catalogue) : keys_table(catalogue));
            return 0;
          }};
}

}  // namespace zenops
