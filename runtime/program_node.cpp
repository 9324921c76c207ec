// A program as a node of a cluster.
#include <unistd.h>

#include <charconv>
#include <iostream>
#include <limits>
#include <type_traits>

#include "base/interrupt.hpp"
#include "runtime/program.hpp"
#include "runtime/serve.hpp"
#include "runtime/this_machine.hpp"
#include "runtime/words_of_program.hpp"

namespace zenops {
namespace {

template <class T>
T number(const std::string& option, const std::string& text) {
  const std::string at_most = std::is_integral_v<T> ? " and ≤ " + std::to_string(std::numeric_limits<T>::max()) : "";
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    throw UserError(UserError::bad_config, option + ": found \"" + text + "\", expected a number ≥ 0" + at_most);
  return value;
}

}  // namespace

int Program::serve(std::vector<std::string> words) const {
  const bool head = words[0] == "up";
  std::string address;
  if (!head) {
    if (words.size() < 2)
      throw UserError(UserError::bad_config, "join: found no address, expected HOST:PORT of a head");
    address = words[1];
  }
  words.erase(words.begin(), words.begin() + (head ? 1 : 2));
  const auto port = head ? take(words, "--port") : std::nullopt, state = head ? take(words, "--state") : std::nullopt, name = take(words, "--name"),
             cores = take(words, "--cores"), bind = take(words, "--bind");
  check_bind(bind.value_or("127.0.0.1"), take_flag(words, "--test-insecure-bind"));
  if (!words.empty())
    throw UserError(UserError::bad_config,
                    (head ? "up: " : "join: ") + ("found \"" + words[0]) + "\", which it does not know");
  NodeSpec node = this_machine();
  // Two nodes of one machine need two names.
  if (!head) node.name += "-" + std::to_string(getpid());
  if (name) node.name = *name;
  if (cores) node.cores = number<double>("--cores", *cores);
  return serve_node(
      [&] {
        Membership::Options options{.process = random_process(), .version = version()};
        options.bind = bind.value_or("127.0.0.1");
        options.node = node;
        options.nursery = {name_, "nursery"};
        options.log = [](const std::string& line) { std::cerr << line + '\n'; };
        options.head = head;
        if (head) {
          options.port = port ? number<uint16_t>("--port", *port) : 7700;
          options.state = state.value_or("");
        } else {
          options.head_at(address, "join");
        }
        return options;
      },
      [&](Membership& member) {
        auto interrupt = std::make_shared<Interrupt>([&] { member.quit("it was told to end"); });
        const Endpoint& self = member.self();
        std::cout << (head ? "head and node " : "node ") << node.name << " at " << self.host << ":" << self.port
                  << std::endl;
        return interrupt;
      });
}

}  // namespace zenops
