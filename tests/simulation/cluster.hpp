#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/actor.hpp"
#include "runtime/parcel.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/head.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/process.hpp"
#include "tests/simulation/story.hpp"

namespace zenops::simulation {

/// A cluster on one thread and in no time: processes, the network between them, nodes and a head, all of whose chances
/// come from a seed. The actors in it are real, and so are those who decide: Detector, Supervisor, Ledger
/// and place(), Routes, Asks. What stands between them here is what runtime/system.cpp and runtime/head.cpp do, without
/// CAF and sockets.
class Cluster {
 public:
  struct Options {
    uint64_t seed = 1;
    uint32_t nodes = 3;
    Network::Options network = {};
    bool bytes = false;  // messages between processes become bytes on their way
    RestartSpec restarts = {};
    Detector::Options heartbeats = {.floor = ms(700), .ceiling = ms(1100)};
    Duration least_work = ms(1), most_work = ms(30);  // what is left to a pool
    // Liars, for the tests of the tests.
    bool fencing = true;  // what dead lives say is refused, and they are told
    bool honest = true;   // what is in a row is what was sent
  };

  Cluster(Options options, std::function<std::unique_ptr<Actor>(Context&, const std::string&)> troupe);
  ~Cluster();

  /// One more actor: in the client, or in a process of that group somewhere.
  void spawn(const std::string& name, const std::string& group) { head_.spawn(name, group); }
  /// As the operator, in the client.
  void tell(const std::string& name, Envelope envelope);
  /// Until `done`, that time or a violation; false: it came to the time.
  bool run(Time until, const std::function<bool()>& done);
  Time now() const { return timeline_.now(); }
  void at(Time when, std::function<void()> what) { timeline_.at(when, std::move(what)); }
  Story& story() { return story_; }

  // Faults. A number stands for one of the processes that live then.
  std::vector<uint64_t> hosts() const;
  std::vector<std::string> nodes() const;
  void crash(uint64_t process, const std::string& cause);
  void crash_node(const std::string& node);
  void freeze(uint64_t process, Duration d);
  void cut(Network::Cut cut);
  /// No cut and no frozen process is left.
  void heal();
  bool up() const { return head_.up(); }
  /// Lives that are over for the head and still there.
  std::vector<std::string> zombies() const;

  std::function<void(const Address& from, const std::string& to, const Envelope&)> observer = [](auto&, auto&, auto&) {
  };
  /// As the client is told.
  std::function<void(const std::string& name, const std::string& cause)> given_up = [](auto&, auto&) {};

 private:
  friend class Shell;
  friend class Head;

  Process& process(uint64_t id) const { return *processes_.at(id); }
  Process& add_process(std::string label, std::string node);
  void send_to_head(Process& from, std::function<void()> arrive);
  Duration work() { return work_.time(options_.least_work, options_.most_work); }

  // What runtime/system.cpp does in a process.
  void tell(Process& p, const Address& from, const std::string& name, Envelope envelope);
  void post_parcel(Process& p, uint64_t process, const Address& from, const std::string& name, Envelope envelope);
  void received(Process& p, Parcel parcel);
  void fenced(Process& p, const Address& who);
  void deliver(Process& p, const std::shared_ptr<Shell>& to, Address from, uint64_t origin, Envelope envelope);
  void learn(Process& p, const Life& life);
  void begin(Process& p, const Address& who);
  void end(Process& p, const Address& who);
  void fell(Process& p, const Address& who, const std::string& cause);
  void beat(Process& p);
  /// What a node's daemon does: in a while that process is there.
  void fork(Process& p);

  const Options options_;
  const std::function<std::unique_ptr<Actor>(Context&, const std::string&)> troupe_;
  std::map<uint64_t, std::unique_ptr<Process>> processes_;  // before those who hold what is to happen in them
  std::map<std::string, uint64_t> daemons_;                 // of the nodes
  Timeline timeline_;
  Story story_{timeline_};
  Network network_;
  Dice work_, luck_;
  Head head_;
};

}  // namespace zenops::simulation
