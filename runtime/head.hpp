#pragma once
#include <map>
#include <set>

#include "runtime/cut.hpp"
#include "runtime/detector.hpp"
#include "runtime/directory.hpp"
#include "runtime/ledger.hpp"
#include "runtime/message.hpp"
#include "runtime/placer.hpp"
#include "runtime/system.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops {

/// head, one in a cluster: who is called what and lives where; starts what is asked for on the nodes there are, and again when
/// it falls; tells every process of it.
///
///   an actor:   waiting --its process is here--> starting --Began--> up --Fell, its process ends--> pausing --> waiting …
///   (after a fall of the head: missing --its process is here--> up)  \--its supervisor--> stopping --^    or gone
///   a process:  ordered --Hello--> here --ProcessEnded, silence, its node's end--> gone
class Head final : public Actor {
 public:
  struct Options {
    std::string version;     // of the program
    uint64_t process = 0;    // this one
    Detector::Options heartbeats = {.floor = std::chrono::milliseconds(1000), .ceiling = std::chrono::milliseconds(1100)};
    Clock::Duration start = std::chrono::seconds(30);   // within which a process that was ordered must say Hello
    Clock::Duration back = std::chrono::seconds(5);     // within which one must that was there before the head fell
    /// On a thread of the system's: an operator has ended the cluster.
    std::function<void()> shut_down = [] {};
  };
  /// With the state of the head before it, if the store has that; null: nothing outlasts it.
  Head(Context& context, Options options, System& system, std::shared_ptr<Store> store);
  Behavior handlers() override;

 private:
  using Process = Directory::Process;
  using Entry = Directory::Entry;
  using Group = Directory::Group;
  using Job = Directory::Job;
  using Role = Directory::Role;
  using State = Directory::State;
  /// A client that waits for its actors.
  struct Spawning {
    uint64_t job;
    std::set<std::string> left;
    std::vector<std::string> names;  // all of them
    Context::Reply reply;
  };

  void hello(const Msg<wire::Hello>& hello);
  /// Why that process is not taken; empty: it is.
  std::string objection(const Msg<wire::Hello>& hello) const;
  void open_job(const Msg<wire::OpenJob>& open);
  void close_job(uint64_t job);
  void spawn(const Msg<wire::Spawn>& spawn);
  void kill(const Msg<wire::KillActor>& kill);
  void began(const Address& who);
  void fell(const Address& who, Cause cause, const std::string& why);
  void evict(const Msg<wire::EvictActor>& evict);
  void keep(const Msg<wire::Keep>& keep);
  void end_evicted(const std::string& name, const Entry& entry);
  /// Whoever follows it lives elsewhere.
  /// Of whoever is gone for good: the room and the process of its group, unless others are left there.
  void vacate(uint64_t job, const std::string& group);
  /// As if they had never been spawned.
  void withdraw(uint64_t job, const std::vector<std::string>& names);
  void move_away(const std::string& name, Entry& entry, const std::vector<std::string>& avoid);
  /// Nobody is placed there any more when that is one too many, until it leaves and joins again.
  void count_eviction(const std::string& node, uint32_t allowed);
  void act(uint64_t job, size_t supervisor, const Supervision::Step& step);
  void stop(const std::string& name);
  void ended(uint64_t process, const std::string& cause);
  void shaken(uint64_t process);
  void heard();
  void look_around();
  void shut_down();
  Envelope these_are_the_cuts() const;
  /// Answers when all processes have them.
  void tell_of_cuts();

  /// A place for each of these groups, set by set; after an error some may have theirs.
  Expected<void> settle_down(Job& job, const std::vector<std::vector<std::string>>& groups,
                             capnp::List<wire::Strategy>::Reader strategies);
  /// A place for each of these groups, or for none of them and why.
  Expected<void> settle_down(Job& job, const std::vector<std::string>& groups, Strategy strategy);
  void start(const std::string& name);
  /// The process where the entry shall live, ordered if there is none yet. An error says why there is no place for it.
  Expected<uint64_t> process_for(const Entry& entry);
  void start_actor(const std::string& name);
  void stop_actor(const std::string& name, const Entry& entry, const std::string& why);
  void stop_actor(uint64_t process, const Address& who, const std::string& why);
  void kill_process(uint64_t id, const Process& process);
  static Envelope news(uint64_t number, const std::vector<Life>& lives, const std::vector<Endpoint>& peers,
                       const std::vector<uint64_t>& gone, const std::vector<std::string>& erased = {});
  void tell_all(const std::vector<Life>& lives, const std::vector<Endpoint>& peers, const std::vector<uint64_t>& gone);
  void tell_everybody(const Envelope& news);
  void say(uint64_t job, const std::string& line);
  void settle(const std::string& name, std::optional<std::string> why);
  /// Whoever was there before the head fell and is not in that process any more has fallen.
  void call_the_roll(uint64_t process, const std::map<std::string, uint32_t>& present);
  const Options options_;
  System& system_;
  uint64_t news_;  // the number of the newest
  std::vector<Spawning> spawning_;
  Directory directory_;
  Ledger ledger_;
  Detector detector_;
  std::vector<Cut> cuts_;
};

}  // namespace zenops
