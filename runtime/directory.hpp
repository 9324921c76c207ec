#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "runtime/endpoint.hpp"
#include "runtime/routes.hpp"
#include "runtime/placer.hpp"
#include "runtime/store.hpp"
#include "runtime/supervision.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops {

/// The head's directory: who is called what, of which run, where it lives and in which life; what it would need to know after it fell
/// is in the store. It decides nothing.
class Directory {
 public:
  enum class Role { host, node, client };
  struct Process {
    Endpoint peer;
    Role role = Role::host;
    NodeSpec node = {};  // what it has to give; of a host only its node's name
    uint64_t job = 0;
    std::string label;
    uint32_t pid = 0;
    bool here = false, shaken = false;  // it has said Hello; its connection broke, and nothing was heard since
    bool found_gone = false;            // it is known from the head before this one alone
    Clock::Time due{};                  // until when it must have said Hello
    std::set<std::string> actors = {};
  };
  enum class State { waiting, starting, up, missing, stopping, pausing, gone };
  struct Entry {
    uint64_t job = 0;
    std::string group, arguments;
    bool in_client = false;
    Resources needs;
    std::string on = {}, near = {};  // where it is to be: see Bundle
    RestartSpec restart;
    Lifetime lifetime = Lifetime::permanent;
    size_t supervisor = 0;  // of the job's
    uint32_t order = 0;     // in which the job's are started
    uint32_t incarnation = 0, falls = 0;
    State state = State::waiting;
    uint64_t process = 0;
    std::optional<std::string> evicted = {};  // why; until it has ended
    std::string cause = {};                   // of the end of its last life
    std::chrono::system_clock::time_point ended = {};
    std::optional<Envelope> kept = {};        // for its next life
  };
  /// Actors that share a process.
  struct Group {
    Bundle bundle;
    std::string node = {};
    std::vector<int> gpus = {};  // of the node, that its lease has
    Ledger::Id lease = 0;
    uint64_t process = 0;
  };
  struct Supervised {
    Supervisor::Options options;
    uint32_t node_evictions = 0;
    Supervision supervision;
  };
  struct Job {
    std::string name, bytes;
    uint64_t client = 0;
    std::map<std::string, Group> groups = {};
    std::vector<Supervised> supervisors = {};
    uint32_t actors = 0;  // that were ever spawned
  };

  /// Null: nothing outlasts the head.
  explicit Directory(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  /// Of the head that takes this store.
  static uint32_t next_incarnation(Store& store);
  /// What the head before this one knew: processes that have until `due` to say Hello, with whoever lived in them.
  void recall(Clock::Time due);

  static Entry entry_of(wire::Spec::Reader spec, uint64_t job);
  static Supervised supervised(wire::Supervisor::Reader supervisor);
  /// The number of the new job.
  uint64_t open(Job job);
  /// The job, whose actors are to be erased.
  void close(uint64_t job);
  /// Of that actor, of that job: what has changed outlasts the head.
  void remember(const std::string& name);
  void remember(uint64_t job);
  void erase(const std::string& name);
  /// It is down for good: the head after this one shall not look for it.
  void forget_name(const std::string& name);
  /// How many there have been on that node since it joined.
  uint32_t count_eviction(const std::string& node);
  void note_drained(const std::string& node);
  bool drained(const std::string& node) const { return drained_.contains(node); }
  /// The node has left.
  void forget_node(const std::string& node);

  Supervision& supervision(const Entry& entry) { return jobs.at(entry.job).supervisors.at(entry.supervisor).supervision; }
  /// The node on which each of these lives, as far as it has one.
  std::map<std::string, std::string> places(const std::vector<Bundle>& near) const;
  /// Those of its node that its process was given.
  std::vector<int> gpus_of(const Entry& entry) const;
  /// ": the run NAME is under way here"; empty when nobody is called so.
  std::string owner_of(const std::string& name) const;
  void report(const Ledger& ledger, wire::Report::Builder out) const;

  std::map<uint64_t, Process> processes;
  std::map<uint64_t, Job> jobs;
  std::map<std::string, Entry> actors;

 private:
  void report_node(const Process& node, const Ledger& ledger, wire::NodeReport::Builder out) const;
  const std::shared_ptr<Store> store_;
  uint64_t last_job_ = 0;
  std::map<std::string, uint32_t> evictions_;  // by node
  std::set<std::string> drained_;
};

}  // namespace zenops
