#include "runtime/serve.hpp"

#include <chrono>
#include <iostream>
#include <thread>

namespace zenops {
namespace {

/// How long a node looks for a cluster that has gone on without it.
constexpr auto patience = std::chrono::seconds(30);

/// Until it is told to end. False when the cluster has only gone on without it: it may join as a new one. Throws
/// UserError when it cannot join.
bool serve_once(Membership::Options options, const std::function<std::shared_ptr<void>(Membership&)>& began) {
  const bool head = options.head;
  const std::string node = options.node->name;
  SystemClock clock;
  Pool pool(1);
  Membership member(
      std::move(options),
      [](Context&, const std::string& actor, std::string_view) -> std::unique_ptr<Actor> {
        throw std::runtime_error("a node's daemon has no actors of its own: " + actor);
      },
      clock, pool);
  const std::shared_ptr<void> held = began(member);
  const std::string why = member.wait();
  const bool again = member.forgotten() && !head;
  std::cerr << "node " + node + (again ? " joins again, without what ran on it: " : " ends: ") + why + '\n';
  return !again;
}

}  // namespace

int serve_node(const std::function<Membership::Options()>& options,
               const std::function<std::shared_ptr<void>(Membership&)>& began) {
  std::optional<std::chrono::steady_clock::time_point> alone;
  for (;;) {
    try {
      if (serve_once(options(), began)) return 0;
      alone = std::chrono::steady_clock::now();
    } catch (const UserError&) {
      if (!alone || std::chrono::steady_clock::now() - *alone > patience) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }
}

}  // namespace zenops
