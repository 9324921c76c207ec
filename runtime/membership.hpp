#pragma once
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "runtime/ledger.hpp"
#include "runtime/system.hpp"
#include "runtime/troupe.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops {

/// This process's part in a cluster: its system, its host, and where they are, the head and a node. Usage:
///   Membership member(options, troupe, clock, pool);   // joins: throws UserError when it cannot
///   const std::string why = member.wait();          // until it is told to end
class Membership {
 public:
  struct Options {
    uint64_t process;       // its number, unlike all others
    std::string version;    // of the program: the head wants its own
    std::string bind = "127.0.0.1";
    uint16_t port = 0;      // 0: any
    bool head = false;      // it is here; otherwise at head_host:
    bool alone = false;     // the head is here, and nobody else ever: it listens nowhere
    std::filesystem::path state = {};  // folder of what a head must still know after it fell; empty: nothing
    std::string head_host = {};
    uint16_t head_port = 0;
    std::optional<NodeSpec> node = {};      // what it has to give, when it is one
    std::vector<std::string> nursery = {};  // of a node: the arguments of the program with which it is a nursery
    std::string program = "/proc/self/exe";
    uint64_t job = 0;       // of a process that a node started
    std::string label = {};
    uint64_t accountant = 0;
    Clock::Duration patience = std::chrono::seconds(30);  // with a head that is gone, before it gives up
    std::function<void(const std::string&)> log = [](const std::string&) {};
    std::function<void(const std::string& name, const std::string& cause)> given_up = [](auto&, auto&) {};
    /// See System::Options.
    std::function<void(const Life&)> life = [](auto&) {};
    std::shared_ptr<SharedMemory> memory = {};  // see System::Network
    int message_threads = 2;
    /// It has no part in the cluster any more; on any thread. Not told of an end by the destructor.
    std::function<void(const std::string& why)> ended = [](auto&) {};

    /// The head is at that address, which `argument` has given. Throws UserError (bad_config) when it is none.
    void head_at(const std::string& address, const std::string& argument);
  };
  Membership(Options options, Troupe troupe, Clock& clock, Pool& pool);
  ~Membership();
  Membership(const Membership&) = delete;

  System& system() { return *system_; }
  /// A question to the head. Throws UserError (run_failed) with what it says instead of an answer.
  Envelope ask_head(Envelope question, Clock::Duration within);
  const Endpoint& self() const;
  /// Waits for its end and says why it came: "the head ended it", "the head is gone".
  std::string wait();
  /// Why it came, if it has.
  std::optional<std::string> over();
  /// Whether that is the end: the head had given this process up, or another head knows nothing of it. It may join as a
  /// new one.
  bool forgotten() const { return forgotten_; }
  /// Its end; from any thread.
  void quit(const std::string& why);

 private:
  enum class Link { fine, broken };
  void bring_up_head();
  System::Fell ends_us();
  /// An error other than unreachable and timeout is an answer: there is no place for this process.
  Expected<void> join(std::chrono::milliseconds within);
  void forget();
  void head_is_silent();
  Envelope hello() const;
  void keep_joined();
  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t head_ = 0;  // its process
  Link link_ = Link::fine;
  std::optional<std::string> end_;
  std::atomic<bool> forgotten_ = false;
  std::unique_ptr<System> system_;
  std::thread keeper_;
};

/// A number for a process, unlike all others.
uint64_t random_process();

}  // namespace zenops
