#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "cli/command.hpp"
#include "cli/guest.hpp"
#include "cli/table.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string address = default_address;
  bool json = false;
};

std::string amount(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// worker/2 before worker/10.
std::vector<wire::ActorReport::Reader> in_order(capnp::List<wire::ActorReport>::Reader actors) {
  std::vector<wire::ActorReport::Reader> out;
  for (const auto actor : actors) out.push_back(actor);
  std::ranges::sort(out, {}, [](wire::ActorReport::Reader actor) {
    const std::string name = actor.getName();
    const size_t number = name.find_last_not_of("0123456789") + 1;
    return std::tuple(name.substr(0, number), name.size() - number, name);
  });
  return out;
}

Json to_json(wire::Report::Reader report) {
  Json nodes = Json::array(), actors = Json::array();
  for (const auto node : report.getNodes()) {
    const NodeSpec offers = read(node.getOffers());
    const Resources used = read(node.getUsed());
    nodes.push_back({{"name", offers.name},
                     {"address", node.getAddress().cStr()},
                     {"pid", node.getPid()},
                     {"processes", node.getProcesses()},
                     {"evictions", node.getEvictions()},
                     {"draining", node.getDraining()},
                     {"cores", offers.cores},
                     {"cores_used", used.cores},
                     {"memory", offers.memory},
                     {"memory_used", used.memory},
                     {"gpus", offers.gpus},
                     {"gpus_used", used.gpus}});
  }
  for (const auto actor : in_order(report.getActors()))
    actors.push_back({{"name", actor.getName().cStr()},
                      {"incarnation", actor.getIncarnation()},
                      {"state", actor.getState().cStr()},
                      {"node", actor.getNode().cStr()},
                      {"pid", actor.getPid()},
                      {"job", actor.getJob().cStr()},
                      {"falls", actor.getFalls()}});
  return {{"nodes", nodes}, {"actors", actors}};
}

std::string in_words(wire::Report::Reader report) {
  std::vector<std::vector<std::string>> nodes{{"NODE", "ADDRESS", "PID", "PROCESSES", "CORES USED", "EVICTED"}};
  for (const auto node : report.getNodes()) {
    const NodeSpec offers = read(node.getOffers());
    nodes.push_back({offers.name, node.getAddress(), std::to_string(node.getPid()), std::to_string(node.getProcesses()),
                     amount(read(node.getUsed()).cores) + " of " + amount(offers.cores),
                     std::to_string(node.getEvictions()) + (node.getDraining() ? ", draining" : "")});
  }
  std::string text = table(nodes);
  if (report.getActors().size() == 0) return text;
  std::vector<std::vector<std::string>> actors{{"ACTOR", "STATE", "NODE", "PID", "JOB", "FALLS"}};
  for (const auto actor : in_order(report.getActors()))
    actors.push_back({to_string(Address{actor.getName(), actor.getIncarnation()}), actor.getState(),
                      actor.getNode().size() > 0 ? actor.getNode().cStr() : "(client)", std::to_string(actor.getPid()),
                      actor.getJob(), std::to_string(actor.getFalls())});
  return text + "\n" + table(actors);
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
