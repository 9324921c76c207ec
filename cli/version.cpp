#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"

namespace zenops {
namespace {

constexpr auto version = ZENOPS_VERSION, build = ZENOPS_BUILD;

std::string compiler() {
#ifdef __clang__
  return std::string("clang ") + __clang_version__;
#else
  return std::string("g++ ") + __VERSION__;
#endif
}

}  // namespace

std::string version_line() { return std::string("zenops ") + version + " (" + build + ", " + compiler() + ")"; }

Command add_version(CLI::App& program) {
  auto* app = program.add_subcommand("version", "say which zenops this is");
  auto json = std::make_shared<bool>(false);
  app->add_flag("--json", *json, "print a JSON object");
  app->footer("Example: zenops-cli version --json");
  return {
      app, [json] {
        if (*json)
          std::cout << nlohmann::ordered_json{{"version", version}, {"build", build}, {"compiler", compiler()}} << "\n";
        else
          std::cout << version_line() << "\n";
        return 0;
      }};
}

}  // namespace zenops
