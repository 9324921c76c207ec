#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cluster_report.hpp"
#include "cli/command.hpp"
#include "cli/guest.hpp"
#include "runtime/message.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string address = default_address;
  bool json = false;
};

Json to_json(wire::Report::Reader report) {
  Json nodes = Json::array(), actors = Json::array();
  for (const auto node : report.getNodes()) nodes.push_back(zenops::to_json(node));
  for (const auto actor : in_order(report.getActors())) actors.push_back(zenops::to_json(actor));
  return {{"nodes", nodes}, {"actors", actors}};
}

std::string in_words(wire::Report::Reader report) {
  const std::string nodes = nodes_table(report.getNodes());
  return report.getActors().size() == 0 ? nodes : nodes + "\n" + actors_table(in_order(report.getActors()));
}

int status(const Arguments& arguments) {
  Guest guest(arguments.address);
  const Envelope answer = guest.ask(Envelope::of<wire::Inquire>());
  const Msg<wire::Report> report(answer);
  if (arguments.json)
    std::cout << to_json(*report).dump() << "\n";
  else
    std::cout << in_words(*report);
  return 0;
}

int down(const Arguments& arguments) {
  Guest guest(arguments.address);
  guest.ask(Envelope::of<wire::Shutdown>());
  guest.wait_for_the_end();
  std::cout << "the cluster at " << arguments.address << " has ended\n";
  return 0;
}

void add_address(CLI::App& app, Arguments& arguments) {
  app.add_option("--address", arguments.address, "of the cluster's head")->type_name("HOST:PORT")->capture_default_str();
}

}  // namespace

Command add_status(CLI::App& program) {
  auto* app = program.add_subcommand("status", "what runs on a cluster: its nodes and actors");
  auto arguments = std::make_shared<Arguments>();
  add_address(*app, *arguments);
  app->add_flag("--json", arguments->json, "one JSON object");
  return {app, [arguments] { return status(*arguments); }};
}

Command add_down(CLI::App& program) {
  auto* app = program.add_subcommand("down", "end a cluster: its jobs, its nodes and its head");
  auto arguments = std::make_shared<Arguments>();
  add_address(*app, *arguments);
  return {app, [arguments] { return down(*arguments); }};
}

}  // namespace zenops
