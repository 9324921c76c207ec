#include "configs/presets.hpp"

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "cli/table.hpp"
#include "configs/resolved.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  bool json = false;
  std::string write;
};

std::filesystem::path file_of(const Preset& preset) { return preset.name + ".yaml"; }

void print_json(const Catalogue& catalogue) {
  Json list = Json::array();
  for (const auto& preset : presets()) {
    const Config config = parse_config(preset.yaml, preset.name, {}, catalogue);
    list.push_back({{"name", preset.name},
                    {"sentence", preset.sentence},
                    {"remarks", preset.remarks},
                    {"file", ("configs" / file_of(preset)).string()},
                    {"config", Json::parse(to_json(config, catalogue))}});
  }
  std::cout << list.dump() << "\n";
}

void print() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& preset : presets()) {
    rows.push_back({preset.name, preset.sentence});
    for (const auto& remark : preset.remarks) rows.push_back({"", "  " + remark});
  }
  std::cout << table(rows);
}

void write(const std::filesystem::path& folder) {
  for (const auto& preset : presets()) {
    const auto path = folder / file_of(preset);
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) cannot_write(path.parent_path(), error.value());
    OutputFile::replace(path, preset.yaml);
  }
  std::cout << presets().size() << " files in " << (folder / "zeno-ps").string() << "\n";
}

}  // namespace

Command add_presets(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("presets", "list the configs that are part of this program");
  auto arguments = std::make_shared<Arguments>();
  auto* json = app->add_flag("--json", arguments->json, "print a JSON array, each with its resolved config");
  app->add_option("--write", arguments->write, "write each as a YAML file into this folder")
      ->type_name("DIR")
      ->excludes(json);
  app->footer(
      "preset:NAME stands for a config's file: zenops-cli run preset:zeno-ps/S11 --set data.name=fashion_mnist\n\n"
      "Example: zenops-cli presets --write configs");
  return {app, [arguments, &catalogue] {
            if (arguments->json)
              print_json(catalogue);
            else if (!arguments->write.empty())
              write(arguments->write);
            else
              print();
            return 0;
          }};
}

}  // namespace zenops
