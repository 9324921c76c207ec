#include <fcntl.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <set>

#include "base/interrupt.hpp"
#include "cli/bind.hpp"
#include "cli/command.hpp"
#include "cli/daemon.hpp"
#include "cli/guest.hpp"
#include "runtime/serve.hpp"
#include "runtime/this_machine.hpp"

namespace zenops {
namespace {

struct Arguments {
  bool head = false, detach = false;
  std::string join;  // the head's address
  uint16_t port = 7700;
  BindArguments bind;
  std::string name, state;
  double cores = 0;
};

/// Names of the nodes that are in that cluster.
std::set<std::string> nodes_of(const std::string& address) {
  Guest guest(address);
  const Envelope answer = guest.ask(Envelope::of<wire::Inquire>());
  std::set<std::string> names;
  const Msg<wire::Report> report(answer);
  for (const auto node : report->getNodes()) names.insert(node.getOffers().getName());
  return names;
}

NodeSpec offers(const Arguments& arguments) {
  NodeSpec node = this_machine();
  if (!arguments.name.empty()) {
    node.name = arguments.name;
  } else if (!arguments.head) {
    const auto taken = nodes_of(arguments.join);
    const std::string first = node.name;
    for (int k = 2; taken.contains(node.name); ++k) node.name = first + "-" + std::to_string(k);
  }
  if (arguments.cores > 0) node.cores = arguments.cores;
  return node;
}

/// This command as the daemon is to be given it.
std::vector<std::string> in_foreground(const Arguments& arguments) {
  std::vector<std::string> words;
  if (arguments.head) {
    words = {"up", "--head", "--port", std::to_string(arguments.port), "--state", arguments.state};
  } else {
    words = {"join", arguments.join};
  }
  for (const auto& [option, value] :
       {std::pair<std::string, std::string>("--bind", arguments.bind.address), {"--name", arguments.name}})
    if (!value.empty()) words.insert(words.end(), {option, value});
  if (arguments.cores > 0) words.insert(words.end(), {"--cores", std::to_string(arguments.cores)});
  if (arguments.bind.any) words.push_back("--test-insecure-bind");
  return words;
}

Membership::Options membership(const Arguments& arguments, const NodeSpec& node) {
  Membership::Options options{.process = random_process(), .version = version_line()};
  options.bind = arguments.bind.address;
  options.node = node;
  options.nursery = {"zenops-cli", "nursery"};
  options.log = [](const std::string& line) { std::cerr << line + '\n'; };
  if (arguments.head) {
    options.head = true;
    options.port = arguments.port;
    options.state = arguments.state;
  } else {
    options.head_at(arguments.join, "join");
  }
  return options;
}

int serve(const Arguments& arguments) {
  const NodeSpec node = offers(arguments);
  return serve_node([&] { return membership(arguments, node); },
                    [&](Membership& member) {
                      auto interrupt = std::make_shared<Interrupt>([&] { member.quit("it was told to end"); });
                      const Endpoint& self = member.self();
                      std::cout << (arguments.head ? "head and node " : "node ") << node.name << " at " << self.host << ":"
                                << self.port << std::endl;
                      ready();
                      return interrupt;
                    });
}

int act(Arguments arguments) {
  arguments.bind.check();
  if (arguments.state.empty()) arguments.state = (state_folder() / ("head-" + std::to_string(arguments.port))).string();
  if (!arguments.detach) return serve(arguments);
  const auto log = arguments.head ? std::filesystem::path(arguments.state) / "log"
                                  : state_folder() / ("node-" + std::to_string(getpid()) + ".log");
  const int pid = detach(in_foreground(arguments), log);
  std::cout << (arguments.head ? "head and node" : "node") << " started, process " << pid << "; log: " << log.string() << "\n";
  const std::string address = arguments.bind.address + ":" + std::to_string(arguments.port);
  if (arguments.head)
    std::cout << "more nodes:  zenops-cli join " << address << " --detach\n"
              << "a run there: zenops-cli run CONFIG --address " << address << "\n"
              << "the end:     zenops-cli down --address " << address << "\n";
  return 0;
}

void add_options(CLI::App& app, Arguments& arguments) {
  arguments.bind.add_to(app);
  app.add_option("--name", arguments.name, "of the node; its host name if not given, with a number where that is taken")->type_name("NAME");
  app.add_option("--cores", arguments.cores, "that it has to give; those of this machine if not given")->type_name("N");
  app.add_flag("--detach", arguments.detach, "go on in the background, and return when it serves");
}

}  // namespace

Command add_up(CLI::App& program) {
  auto* app = program.add_subcommand("up", "bring up a cluster: its head, and a node on this machine");
  auto arguments = std::make_shared<Arguments>();
  app->add_flag("--head", arguments->head, "of a new cluster, or of one whose head is gone; `join` brings up further nodes")->required();
  app->add_option("--port", arguments->port, "where the head listens")->type_name("PORT")->capture_default_str();
  app->add_option("--state", arguments->state, "folder of what the head must still know after it fell")->type_name("FOLDER");
  add_options(*app, *arguments);
  app->footer("A head that was killed and is started again on its state picks its cluster up.\n\n"
              "Example: zenops-cli up --head --port 7700 --detach && zenops-cli status");
  return {app, [arguments] { return act(*arguments); }};
}

Command add_join(CLI::App& program) {
  auto* app = program.add_subcommand("join", "make this machine a node of a running cluster");
  auto arguments = std::make_shared<Arguments>();
  app->add_option("address", arguments->join, "of the head")->required()->type_name("HOST:PORT");
  add_options(*app, *arguments);
  app->footer("Example: zenops-cli join 127.0.0.1:7700 --name b --detach");
  return {app, [arguments] { return act(*arguments); }};
}

}  // namespace zenops
