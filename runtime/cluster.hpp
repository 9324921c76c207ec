#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/ledger.hpp"
#include "runtime/mesh.hpp"
#include "runtime/routes.hpp"
#include "runtime/supervisor.hpp"

namespace zenops {

class Program;

/// On which node of a cluster an actor is to live.
struct Where {
  std::string on = {};    // that node only; empty: any
  std::string near = {};  // on the host where that actor lives; empty: any
  bool spread = false;    // on as many nodes as there are, or where most is free; otherwise on few
};
/// On that node.
Where on(std::string node);
/// On the host where that actor lives, which has a process of its own.
Where near(std::string actor);
/// Apart from each other, as far as there are nodes.
Where spread();

/// Where an actor lives on its node.
enum class Home {
  own_process,   // in one that it has for itself: it can fall without anybody else
  this_process,  // in the one that spawns it, and nowhere else
};

/// How an actor is brought to life.
struct SpawnOptions {
  /// What its factory is given; a message of the program's own, of 2 MiB at most. Every life of it gets the same.
  Envelope arguments = {};
  /// How often it may fall before it is given up.
  RestartSpec restarts = {};
  /// Of which ends it begins again.
  Lifetime lifetime = Lifetime::permanent;
  /// A node that has not so much to give does not get it. Not asked of this process.
  Resources needs = {};
  /// On which node. Where everybody is in one process only a node's name is refused.
  Where where = {};
  /// Where there are no processes, everybody is in this one.
  Home home = Home::own_process;
  /// Until it has begun; what it needs may have to be started first.
  Clock::Duration within = std::chrono::seconds(30);
  /// How the reference that is returned asks.
  Asking asking = {};
};

/// The actors of a program, wherever they live, as its main part sees them: it spawns them, and they end with it.
/// Thread-safe.
class Cluster {
 public:
  /// Where its actors live, and what this process does for them.
  struct Options {
    /// Every actor in a process of its own, on this machine: this process is the head and a node.
    bool processes = false;
    /// "127.0.0.1:7700", of the head of a running cluster; empty: one of its own.
    std::string address = {};
    /// Where this process listens for others.
    std::string bind = "127.0.0.1";
    /// Of the pool of this process; 0: one per core.
    int threads = 0;
    /// A line when somebody falls, is started again, or prints something; on any thread.
    std::function<void(const std::string& line)> log = [](auto&) {};
    /// What a node of this process starts as its nursery; it must call Program::run().
    std::string program = "/proc/self/exe";
  };
  /// Throws UserError when nobody listens at the address, or what listens there is another build of the runtime.
  Cluster(const Program& program, Options options, std::vector<std::string> arguments = {});
  /// Ends everybody that it has spawned.
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster(Program&&, Options, std::vector<std::string> = {}) = delete;  // the program outlives it

  /// Brings an actor of that type to life and returns when it has begun. Throws UserError when it cannot: a type that is not
  /// known where it would live, a name that is taken, no such node, no room, a constructor that throws.
  OutsideRef spawn(const std::string& type, const std::string& name, SpawnOptions options = {});
  /// One for each of the names; all of them or none.
  OutsideMesh spawn(const std::string& type, const Names& names, SpawnOptions options = {});
  /// The same, where a failure is no surprise.
  Expected<OutsideRef> try_spawn(const std::string& type, const std::string& name, SpawnOptions options = {});

  /// Whoever is called so, also when somebody else has spawned it.
  OutsideRef find(const std::string& name, Asking asking = {});
  /// All of them.
  OutsideMesh find(const Names& names, Asking asking = {});
  /// From now on `then` hears of every life that falls, also of those that others have spawned: whose, of what, and whether another
  /// follows. On any thread; it must be short, must not throw, and must not wait: neither spawn() nor the answer to a question.
  void on_down(std::function<void(const Life& life)> then);
  /// The words of the command line that are the program's own.
  const std::vector<std::string>& arguments() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zenops
