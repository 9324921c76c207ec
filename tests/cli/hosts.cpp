#include "tests/cli/hosts.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace zenops {
namespace {

// In the switch's namespace. A namespace lives as long as its `cat`, which ends with the lifeline.
constexpr const char* set_up = R"sh(set -e
exec 3<&0
echo $$
ip link add br0 type bridge
ip link set br0 up
for i in $(seq $1); do
  unshare -n cat <&3 >/dev/null &
  pid=$!
  while [ "$(readlink /proc/$pid/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
  ip link add p$i type veth peer name eth0 netns $pid
  ip link set p$i master br0 up
  nsenter -t $pid -n sh -c "ip link set lo up; ip addr add 10.77.0.$i/24 dev eth0; ip link set eth0 up
    # Where the kernel can: TCP tries again at least once a second, and so notices soon that a cable is in again.
    echo 1000 > /proc/sys/net/ipv4/tcp_rto_max_ms" 2>/dev/null || true
  echo $pid
done
echo ready
cat >/dev/null
)sh";

bool works(const std::string& command) { return std::system(("{ " + command + "; } >/dev/null 2>&1").c_str()) == 0; }

bool may_as_we_are() { return works("unshare -n true"); }

}  // namespace

std::string Hosts::why_not() {
  if (!works("command -v ip && command -v nsenter")) return "ip (iproute2) or nsenter (util-linux) is not installed";
  const std::string unshare = may_as_we_are() ? "unshare -n" : "unshare -Urn";
  if (!works(unshare + " ip link add br0 type bridge"))
    return "network namespaces with a bridge are not permitted here";
  return {};
}

Hosts::Hosts(int count) : root_(may_as_we_are()) {
  const auto script = folder_.path() / "set_up.sh", said = folder_.path() / "said";
  std::ofstream(script) << set_up;
  const std::string command = std::string("exec ") + (root_ ? "unshare -n" : "unshare -Urn") + " sh " +
                              script.string() + " " + std::to_string(count) + " >" + said.string() + " 2>&1";
  lifeline_ = popen(command.c_str(), "we");
  if (lifeline_ == nullptr) throw std::runtime_error("popen");
  std::vector<std::string> lines;
  for (int k = 0; k < 1000 && (lines.empty() || lines.back() != "ready"); ++k) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    lines = lines_of(text_of(said));
  }
  if (lines.size() != static_cast<size_t>(count) + 2) {
    pclose(lifeline_);
    throw std::runtime_error("no hosts: " + text_of(said));
  }
  lines.pop_back();
  for (const auto& line : lines) pids_.push_back(std::stoi(line));
}

Hosts::~Hosts() { pclose(lifeline_); }

std::string Hosts::enter(pid_t pid) const {
  return "nsenter -t " + std::to_string(pid) + (root_ ? " -n" : " -U --preserve-credentials -n");
}

void Hosts::run(int host, const std::string& command) const {
  const std::string all = enter(pids_.at(static_cast<size_t>(host))) + " " + command;
  if (std::system(all.c_str()) != 0) throw std::runtime_error("failed: " + all);
}

}  // namespace zenops
