#pragma once
#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/cli/process.hpp"

namespace zenops {

/// Machines with cables to one switch, all of them network namespaces. They are gone with this object, or when the test
/// is killed, and with the last process in them. Hosts count from 1, at 10.77.0.1, 10.77.0.2, …
class Hosts {
 public:
  /// Why there can be none here; empty when there can.
  static std::string why_not();
  explicit Hosts(int count);
  ~Hosts();
  Hosts(const Hosts&) = delete;

  static std::string address(int host) { return "10.77.0." + std::to_string(host); }
  /// The prelude of a Process there.
  std::string on(int host) const { return "set -- " + enter(pids_.at(static_cast<size_t>(host))) + " \"$@\""; }
  /// Its cable is out, or in again.
  void unplug(int host) { run(0, "ip link set p" + std::to_string(host) + " down"); }
  void plug_in(int host) { run(0, "ip link set p" + std::to_string(host) + " up"); }
  /// What one sends to the other is lost, or arrives again. The other direction is as it was.
  void cut(int from, int to) {
    run(from, "ip neigh replace " + address(to) + " lladdr 02:00:00:00:00:01 dev eth0 nud permanent");
  }
  void mend(int from, int to) { run(from, "ip neigh del " + address(to) + " dev eth0"); }

 private:
  std::string enter(pid_t pid) const;
  void run(int host, const std::string& command) const;
  TemporaryFolder folder_;
  bool root_;
  std::FILE* lifeline_;      // whoever holds a namespace open reads from it
  std::vector<pid_t> pids_;  // of the switch, and of hosts 1, …: who holds their namespaces open
};

}  // namespace zenops
