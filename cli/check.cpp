#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "configs/resolved.hpp"

namespace zenops {

Command add_check(CLI::App& program, const Catalogue& catalogue) {
  struct Arguments {
    ConfigArguments config;
    bool json = false;
  };
  auto* app = program.add_subcommand("check", "check a config and print it with every default");
  auto arguments = std::make_shared<Arguments>();
  arguments->config.add_to(*app);
  app->add_flag("--json", arguments->json, "print it as one JSON object");
  app->footer(
      "Every mistake is named with its line, the key, what was found and what was expected; then the exit code is "
      "2.\n\n"
      "Example: zenops-cli check configs/fashion_mnist_zeno.yaml --set cluster.workers=31");
  return {app, [arguments, &catalogue] {
            const Config config = load_config(arguments->config.path, arguments->config.overrides, catalogue);
            std::cout << (arguments->json ? to_json(config, catalogue) + "\n" : to_yaml(config, catalogue));
            return 0;
          }};
}

}  // namespace zenops
