#include "bench/peer_process.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <stdexcept>

#include "bench/bare_caf.hpp"
#include "runtime/links.hpp"
#include "runtime/membership.hpp"

namespace zenops::bench {
namespace {

using Ping = std::array<std::byte, 64>;
using Ports = std::array<uint16_t, 2>;

/// False at the end.
template <class T>
bool receive(int socket, T& out) {
  return recv(socket, &out, sizeof out, MSG_WAITALL) == static_cast<ssize_t>(sizeof out);
}
template <class T>
bool send(int socket, const T& what) {
  return ::send(socket, &what, sizeof what, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof what);
}

}  // namespace

PeerProcess::PeerProcess(std::vector<std::string> arguments) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("no socket for another process");
  std::vector<char*> words;
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {  // only what may be called beside threads
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDIN_FILENO);
    execv("/proc/self/exe", words.data());
    _exit(127);
  }
  close(ends[1]);
  socket_ = ends[0];
  Ports ports{};
  if (pid_ < 0 || !receive(socket_, ports)) throw std::runtime_error("another process of this program did not come up");
  port_ = ports[0];
  bare_port_ = ports[1];
}

PeerProcess::~PeerProcess() {
  close(socket_);
  waitpid(pid_, nullptr, 0);
}

void PeerProcess::ping() const {
  Ping ping{};
  if (!send(socket_, ping) || !receive(socket_, ping)) throw std::runtime_error("the other process is gone");
}

int serve_a_peer(int message_threads) {
  SystemClock clock;
  Pool pool(1);
  System::Options options;
  options.message_threads = message_threads;
  options.network = System::Network{{random_process(), "127.0.0.1", 0, host_key()}};
  System system(std::move(options), clock, pool);
  system.spawn("bench/echo", maker<Echo>(), {});
  system.spawn("bench/bulk", maker<Echo>(), {});
  BareCaf bare(message_threads, true);
  if (!send(STDIN_FILENO, Ports{system.links()->self().port, bare.publish(bare.echo())})) return 1;
  for (Ping ping; receive(STDIN_FILENO, ping) && send(STDIN_FILENO, ping);) {
  }
  _exit(0);  // nobody is left to whom an orderly end would matter
}

}  // namespace zenops::bench
