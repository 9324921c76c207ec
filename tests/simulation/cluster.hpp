#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/philox.hpp"
#include "runtime/asks.hpp"
#include "runtime/detector.hpp"
#include "runtime/ledger.hpp"
#include "runtime/parcel.hpp"
#include "runtime/routes.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/troupe.hpp"

namespace zenops::simulation {

using Time = Clock::Time;
using Duration = Clock::Duration;
inline Duration ms(double x) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(x));
}

/// Random numbers of one seed.
class Dice {
 public:
  Dice(uint64_t seed, uint32_t what) : stream_({seed, Role::data, what, Purpose::delay}) {}
  uint32_t below(uint32_t n) { return stream_.below(n); }
  /// In [low, high].
  uint32_t within(uint32_t low, uint32_t high) { return low + below(high - low + 1); }
  bool chance(double p) { return stream_.uniform() < p; }
  Duration time(double low_ms, double high_ms) { return ms(low_ms + (high_ms - low_ms) * stream_.uniform()); }

 private:
  Stream stream_;
};

class Shell;
class Cluster;

/// One process: what runtime/system.hpp keeps for its actors, under simulated time.
struct Process {
  Process(Cluster& cluster, uint64_t id, std::string label, std::string node);
  ~Process();
  const uint64_t id;
  const std::string label, node;
  bool alive = true, frozen = false;
  std::deque<std::function<void()>> held;  // what would have happened while it was frozen
  std::unique_ptr<Clock> clock;
  Routes routes;
  Asks asks;
  std::map<std::string, std::shared_ptr<Shell>> residents;
  std::set<std::string> watchers;
};

/// A cluster on one thread and in no time: processes, the network between them, nodes and a head, all of whose chances
/// come from a seed. The actors in it are real, and so are those who decide: Detector, Supervisor, Ledger
/// and place(), Routes, Asks. What stands between them here is what runtime/system.cpp and runtime/head.cpp do, without
/// CAF and sockets.
class Cluster {
 public:
  struct Options {
    uint64_t seed = 1;
    uint32_t nodes = 3;
    Duration least_delay = ms(0.05), most_delay = ms(2);  // of a message
    double late = 0;                                      // share of messages that take fifteen times as long
    double lost = 0, twice = 0;                           // shares of the messages between actors
    bool head_apart = false;                              // from the client, which otherwise is told everything at once
    bool bytes = false;       // messages between processes become bytes on their way
    RestartSpec restarts = {};
    Detector::Options heartbeats = {.floor = ms(700), .ceiling = ms(1100)};
    Duration least_work = ms(1), most_work = ms(30);  // what is left to a pool
    // Liars, for the tests of the tests.
    bool fencing = true;  // what dead lives say is refused, and they are told
    bool honest = true;   // what is in a row is what was sent
  };
  struct Counts {
    uint64_t messages = 0, undeliverable = 0, fenced = 0, unexpected = 0, lost = 0, twice = 0, held_up = 0,
             restarts = 0, given_up = 0, silences = 0, quits = 0;
  };
  static constexpr uint64_t head = 0, client = 1;

  Cluster(Options options, std::function<std::unique_ptr<Actor>(Context&, const std::string&)> troupe);
  ~Cluster();

  /// One more actor: in the client, or in a process of that group somewhere.
  void spawn(const std::string& name, const std::string& group);
  /// As the operator, in the client.
  void tell(const std::string& name, Envelope envelope);
  /// Until `done` or that time; false: it came to the time.
  bool run(Time until, const std::function<bool()>& done);
  Time now() const { return now_; }
  void at(Time when, std::function<void()> what);

  // Faults. A number stands for one of the processes that live then.
  std::vector<uint64_t> hosts() const;
  std::vector<std::string> nodes() const;
  void crash(uint64_t process, const std::string& cause);
  void crash_node(const std::string& node);
  void freeze(uint64_t process, Duration d);
  struct Cut {
    std::set<uint64_t> processes;  // from all others; and those of this node
    std::string node;
    Time until{};
    bool head_too = false;  // also from the head and the client
    bool one_way = false;   // they hear, and are not heard
    bool breaks = false;    // what actors say meanwhile is lost; otherwise it comes late
  };
  void cut(Cut cut);
  void heal();
  bool up() const;  // everybody of whom there is to be a life has one

  /// What must not be was seen; only the first counts.
  void violate(const std::string& what);
  const std::string& violation() const { return violation_; }
  void log(std::string line);
  /// The last events.
  std::string story() const;
  const Counts& counts() const { return counts_; }
  const Routes& truth() const { return process(head).routes; }
  /// Lives that are over for the head and still there.
  std::vector<std::string> zombies() const;

  std::function<void(const Address& from, const std::string& to, const Envelope&)> observer = [](auto&, auto&, auto&) {
  };
  /// As the client is told.
  std::function<void(const std::string& name, const std::string& cause)> given_up = [](auto&, auto&) {};

 private:
  friend class Shell;
  friend class ProcessClock;
  struct Event {
    Time when;
    uint64_t number;
    std::function<void()> what;
  };
  struct Happening {
    Time when;
    const char* what;
    Address from;
    std::string to;
    Envelope envelope;
    std::string text;
  };
  struct Item {
    Time due;
    bool between_actors;
    std::function<void()> arrive;
  };
  struct Channel {
    std::deque<Item> items;
    Time last{};
    bool pumping = false;
    uint64_t turn = 0;  // only the newest counts
  };
  enum class State { waiting, starting, up, pausing, gone };
  struct Entry {
    std::string group;
    uint32_t incarnation = 0;
    State state = State::waiting;
    uint64_t process = 0;
    uint64_t tries = 0;
  };
  struct Known {  // a process, as the head knows it
    bool here = false, node = false;
    std::string where;
    Time due{};
    std::set<std::string> actors;
  };

  Process& process(uint64_t id) const { return *processes_.at(id); }
  Process& add_process(std::string label, std::string node);
  void in(Process& p, Time when, std::function<void()> what);
  void run_in(Process& p, const std::function<void()>& what);
  void remember(const char* what, const Address& from, const std::string& to, const Envelope& envelope,
                std::string text = {});

  // The network.
  Duration delay();
  const Cut* cut_between(const Process& from, const Process& to) const;
  void send(Process& from, Process& to, std::function<void()> arrive, bool between_actors = false);
  void arrive_when_due(Process& from, Process& to, Channel& channel);
  void pump(Process& from, Process& to, Channel& channel);

  // What runtime/system.cpp does in a process.
  void tell(Process& p, const Address& from, const std::string& name, Envelope envelope);
  void post_parcel(Process& p, uint64_t process, const Address& from, const std::string& name, Envelope envelope);
  void received(Process& p, Parcel parcel);
  void fenced(Process& p, const Address& who);
  void deliver(Process& p, const std::shared_ptr<Shell>& to, Address from, uint64_t origin, Envelope envelope);
  void learn(Process& p, const Life& life);
  void begin(Process& p, const Address& who);
  void fell(Process& p, const Address& who, const std::string& cause);
  void beat(Process& p);

  // What runtime/head.cpp does.
  void hello(uint64_t id);
  void start(const std::string& name);
  std::optional<uint64_t> process_for(const std::string& name, Entry& entry);
  void start_actor(const std::string& name);
  void began(const Address& who);
  void actor_fell(const Address& who, const std::string& cause);
  void ended(uint64_t id, const std::string& cause);
  void kill(const std::string& name);
  void kill_process(uint64_t id);
  void look_around();
  void tell_all(const Life& life);

  const Options options_;
  const std::function<std::unique_ptr<Actor>(Context&, const std::string&)> troupe_;
  Dice network_, work_, luck_;
  Time now_{};
  uint64_t events_ = 0;
  std::vector<Event> queue_;  // a heap
  std::map<uint64_t, std::unique_ptr<Process>> processes_;
  std::map<std::string, uint64_t> daemons_;  // of the nodes
  std::map<std::pair<uint64_t, uint64_t>, Channel> channels_;
  std::vector<Cut> cuts_;
  std::deque<Happening> happened_;
  Counts counts_;
  std::string violation_;

  std::map<std::string, Entry> actors_;
  std::map<std::string, uint64_t> groups_;    // group → its process
  std::map<std::string, Ledger::Id> leases_;  // group → its room
  std::map<uint64_t, Known> known_;
  Ledger ledger_;
  Detector detector_;
  Supervisor supervisor_;
};

}  // namespace zenops::simulation
