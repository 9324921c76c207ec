#pragma once
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "runtime/actor.hpp"
#include "runtime/cut.hpp"
#include "runtime/endpoint.hpp"
#include "runtime/routes.hpp"
#include "runtime/supervisor.hpp"

namespace zenops {

class Links;
class SharedMemory;

/// The actors of one process: brings them up, finds them by name here and in the processes it knows, restarts those that
/// fall. Thread-safe.
class System {
 public:
  /// Of a process that is part of a cluster.
  struct Network {
    Endpoint self;               // port 0: any
    uint64_t accountant = 0;  // the process that is told what ours have sent; 0: none
    std::shared_ptr<SharedMemory> memory = {};  // whose rows other processes of the host may read where they lie
    bool alone = false;       // nobody else will ever be part of it: this process listens nowhere
  };
  struct Options {
    bool serialize = false;  // every message becomes bytes and a message again on its way
    int message_threads = 2;
    std::function<void(const std::string&)> log = [](const std::string&) {};
    /// Somebody fell and will not be restarted; on a thread of the system's.
    std::function<void(const std::string& name, const std::string& cause)> given_up = [](auto&, auto&) {};
    /// An actor's life has begun or ended, here or elsewhere in the cluster; on any thread: must be short and not throw.
    std::function<void(const Life&)> life = [](auto&) {};
    std::optional<Network> network = {};
    /// A process is not connected to any more; on a thread of the system's.
    std::function<void(uint64_t process)> lost = [](uint64_t) {};
    /// A life of ours that others know to be over still speaks.
    std::function<void(const Address&)> fenced = [](auto&) {};
    /// That process has been told that this one is gone.
    std::function<void(uint64_t process)> forgotten = [](uint64_t) {};
  };
  /// What came to nothing; a peer's mistakes among it.
  struct Counts {
    std::atomic<uint64_t> undeliverable = 0, fenced = 0, unexpected = 0, malformed = 0;
  };
  using Factory = std::function<std::unique_ptr<Actor>(Context&)>;
  /// How one life ended.
  using Fell = std::function<void(const Address&, Cause, const std::string& why)>;

  System(Options options, Clock& clock, Pool& pool);
  /// Ends all actors and waits for the handlers that run.
  ~System();
  System(const System&) = delete;

  /// Starts `name`#1, and after a fall, as `restarts` allows, `name`#2, … from the same factory. The name is not taken.
  void spawn(const std::string& name, Factory factory, RestartSpec restarts);
  /// Starts one life, whose supervisor is elsewhere: `fell` is called once when it ends by itself, on a thread of the system's.
  void begin(const Address& who, Factory factory, Fell fell);
  /// Ends that life, if it is there.
  void end(const Address& who);
  /// As the operator.
  void tell(const std::string& name, Envelope envelope);
  /// The same to a process itself.
  void tell(uint64_t process, const std::string& name, Envelope envelope);
  /// A question of the operator's, and what comes of it: an error (timeout, unreachable, or what the other side says) within the time.
  std::future<Expected<Envelope>> ask(const std::string& name, Envelope envelope, Clock::Duration within);
  /// The same where no name is known yet.
  std::future<Expected<Envelope>> ask(uint64_t process, const std::string& name, Envelope envelope, Clock::Duration within);
  /// The operator, for Ref and Mesh; may outlive the system, but not its clock.
  std::shared_ptr<Speaker> outside();
  uint32_t incarnation(const std::string& name) const;
  /// An actor that was spawned here.
  struct Status {
    Address who;
    bool lives = true, over = false;  // over: no other life follows
    uint32_t falls = 0;
    std::string cause = {};  // of the end of its last life
    std::chrono::system_clock::time_point ended = {};
  };
  /// All that were, by their names.
  std::vector<Status> spawned() const;
  /// Whoever was spawned here under that name falls; false: nobody lives who is called so.
  bool fall(const std::string& name, const std::string& why);
  /// From now on these are the cuts.
  void cut(std::vector<Cut> cuts);
  /// Who lives here.
  std::vector<Address> living() const;
  const Counts& counts() const;

  /// News of the cluster: whoever watches here hears of it, and who waits for an answer of one that is over does not wait longer.
  void learn(const Life& life);
  /// That news is about to be learned: what is sent from here may follow from it.
  void hears(uint64_t news);
  /// All of that news has been learned.
  void reached(uint64_t news);
  /// Its lives are over, and others of that name may begin.
  void erase(const std::string& name);
  void introduce(const Endpoint& peer);
  void forget(uint64_t process);
  /// What the next life of that name finds with Context::kept(); none: nothing.
  void keep(const std::string& name, std::optional<Envelope> state);
  /// Null without a network, and when this process is alone in it.
  Links* links();
  /// This process in the network that it has.
  const Endpoint& self() const;
  const Routes& routes() const;

 private:
  struct State;
  class Shell;
  class Outside;
  std::shared_ptr<State> state_;
};

}  // namespace zenops
