#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>

#include "runtime/detector.hpp"
#include "runtime/ledger.hpp"
#include "runtime/routes.hpp"
#include "runtime/supervisor.hpp"
#include "tests/simulation/process.hpp"

namespace zenops::simulation {

class Cluster;

/// What runtime/head.cpp does: which actors and processes there are to be, where, and who is told of whose life. It
/// knows of processes what they have told it, and acts on them through the network.
///
///   an actor: waiting --its process is there--> starting --began()--> up --actor_fell()--> pausing --> waiting
///                                                                          given up ----> gone
class Head {
 public:
  struct Options {
    RestartSpec restarts;
    uint64_t seed;
    Detector::Options heartbeats;
    bool fencing;
  };
  Head(Options options, Cluster& cluster);

  /// The client and the nodes are there from the beginning.
  void has_client();
  void has_node(const std::string& name, Process& daemon);
  void spawn(const std::string& name, const std::string& group);
  void kill(const std::string& name);
  bool up() const;  // everybody of whom there is to be a life has one
  /// Again and again: who has been silent too long is lost.
  void look_around();

  // What processes say to it.
  void hello(uint64_t process);
  void heard(Process& p);
  void began(const Address& who);
  void actor_fell(const Address& who, const std::string& cause);
  void ended(uint64_t process, const std::string& cause);

 private:
  enum class State { waiting, starting, up, pausing, gone };
  struct Entry {
    std::string group;
    uint32_t incarnation = 0;
    State state = State::waiting;
    uint64_t process = 0;
  };
  struct Known {  // a process, as the head knows it
    bool here = false, node = false;
    std::string where;
    Time due{};
    std::set<std::string> actors;
  };
  Process& process() const;
  void send(Process& to, std::function<void()> arrive);
  void start(const std::string& name);
  std::optional<uint64_t> process_for(const std::string& name, Entry& entry);
  void start_actor(const std::string& name);
  void kill_process(uint64_t id);
  void tell_all(const Life& life);

  const Options options_;
  Cluster& cluster_;
  std::map<std::string, Entry> actors_;
  std::map<std::string, uint64_t> groups_;    // group → its process
  std::map<std::string, Ledger::Id> leases_;  // group → its room
  std::map<uint64_t, Known> known_;
  Ledger ledger_;
  Detector detector_;
  Supervisor supervisor_;
};

}  // namespace zenops::simulation
