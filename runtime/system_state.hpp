#pragma once
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include "runtime/asks.hpp"
#include "runtime/links.hpp"
#include "runtime/news_gate.hpp"
#include "runtime/residents.hpp"
#include "runtime/system.hpp"

namespace zenops {

/// What a system and its actors share; with it they find each other.
struct System::State : std::enable_shared_from_this<State> {
  State(Options options, Clock& clock, Pool& pool);

  class Config : public caf::actor_system_config {
   public:
    Config(int message_threads, bool network);
  };

  struct Child {
    std::shared_ptr<const Factory> factory;
    RestartSpec restarts;
    uint32_t incarnation = 0;
    std::unique_ptr<Supervisor> supervisor = {};  // from its first fall on
    bool over = false;                            // no other life follows
    uint32_t falls = 0;
    std::string cause = {};                       // of the end of its last life
    std::chrono::system_clock::time_point ended = {};
  };

  void start(const std::string& name);
  void start_again(const std::string& name, uint64_t ticket);
  /// Whoever has that name here.
  void fall(const std::string& name, Cause cause, const std::string& why);
  void begin(const Address& who, std::shared_ptr<const Factory> factory);
  /// Without a supervisor of its own it is one of the children. False when the system is stopping.
  bool bring_up(const Address& who, std::shared_ptr<const Factory> factory, Fell fell);
  void fell(const Address& address, Cause cause, const std::string& why);
  /// `from`: null is the operator. What is told is no question, whatever the envelope was before.
  void tell(Shell* from, const std::string& name, Envelope envelope);
  void deliver(Shell* from, const std::string& name, Envelope envelope);
  void send(uint64_t process, const Address& from, const std::string& name, Envelope envelope);
  void ask(Shell* from, uint64_t process, const std::string& name, Envelope envelope, Clock::Duration within,
           Asks::Then then);
  /// An answer goes back to where the question came from: that process, or none for this one.
  void answer(uint64_t process, const Address& from, const std::string& to, uint64_t request, Envelope envelope);
  void received(Parcel parcel);
  void hand_on(Parcel parcel);
  void hand_on_checked(Parcel parcel);
  void account(uint64_t process);
  void learn(const Life& life);
  /// Who waits for an answer of that life, or for its beginning, does not wait longer.
  void settle(const Life& life);
  uint32_t incarnation(const std::string& name) const;
  void await(const std::string& name, uint32_t but, Clock::Duration within, Speaker::Came then);
  /// To whoever watches.
  void announce(const Life& life);
  /// Whether what the one says to the other is lost.
  bool parted(std::string_view from, std::string_view to) const {
    if (!is_cut.load(std::memory_order_relaxed)) return false;
    std::lock_guard lock(cutting);
    return zenops::parted(cuts, from, to);
  }

  const Options options;
  Clock& clock;
  Pool& pool;
  Counts counts;
  Traffic traffic;
  Residents residents;
  Routes routes;
  Asks asks;
  Asks arrivals;  // who waits for somebody of a name
  std::mutex mutex;
  std::unordered_map<std::string, Child> children;
  std::set<std::string> watchers;
  std::map<std::string, Envelope> kept;  // by name, for its next life
  std::atomic<bool> watched = false;  // there have been some
  std::atomic<bool> is_cut = false;
  mutable std::mutex cutting;
  std::vector<Cut> cuts;
  std::mutex starting;                // nobody begins once it is stopping
  std::atomic<bool> stopping = false;
  Config config;
  NewsGate gate{[this](Parcel parcel) { hand_on(std::move(parcel)); }};
  std::mutex accounting;
  std::map<std::string, Bytes> accounted;  // what the accountant was told last
  caf::actor_system caf;                   // its destructor waits for actors that use the rest
  std::unique_ptr<Links> links;
};

}  // namespace zenops
