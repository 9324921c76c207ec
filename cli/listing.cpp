#include "cli/listing.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "configs/shape.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

std::string in_words(const std::vector<Listed>& list, const Terminal& terminal) {
  std::string result;
  for (const auto& [description, facts] : list) {
    result += (result.empty() ? "" : "\n") + terminal.bold(description->name) + "\n  " + description->sentence + "\n";
    std::vector<std::vector<std::string>> rows;
    for (const auto& [label, fact] : facts)
      rows.push_back({"  " + label, fact.is_string() ? fact.get<std::string>() : fact.dump()});
    if (!description->source.empty()) rows.push_back({"  source", description->source});
    result += table(rows);
    rows.clear();
    for (const auto& p : description->parameters)
      rows.push_back({"  " + p.name + (p.optional ? "" : ": " + to_text(p.default_value)), expected(Shape::of(p), true),
                      p.sentence});
    result += table(rows);
  }
  return result;
}

Json to_json(const Parameter& p) {
  return {{"name", p.name},
          {"default", p.optional ? Json() : Json(p.default_value)},
          {"value", expected(Shape::of(p), true)},
          {"sentence", p.sentence}};
}

Json to_json(const std::vector<Listed>& list) {
  Json result = Json::array();
  for (const auto& [description, facts] : list) {
    Json parameters = Json::array();
    for (const auto& p : description->parameters) parameters.push_back(to_json(p));
    Json entry{{"name", description->name},
               {"sentence", description->sentence},
               {"source", description->source},
               {"parameters", std::move(parameters)}};
    for (auto [label, fact] : facts) {
      std::replace(label.begin(), label.end(), ' ', '_');
      entry[label] = fact;
    }
    result.push_back(std::move(entry));
  }
  return result;
}

}  // namespace

Command add_listing(CLI::App& program, const std::string& name, const std::string& sentence, const std::string& section,
                    std::function<std::vector<Listed>()> list) {
  auto* app = program.add_subcommand(name, sentence);
  auto json = std::make_shared<bool>(false);
  app->add_flag("--json", *json, "print a JSON array");
  app->footer("In a config: " + section + "\n\nExample: zenops-cli " + name + " --json");
  return {app, [json, list = std::move(list)] {
            if (*json)
              std::cout << to_json(list()).dump() << "\n";
            else
              std::cout << in_words(list(), Terminal(STDOUT_FILENO));
            return 0;
          }};
}

}  // namespace zenops
