#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace zenops::bench {

/// Another process of this program that answers: an echo of ours, one of bare CAF's, and one at the end of a socket. It
/// ends with this.
class PeerProcess {
 public:
  /// Runs this program with these arguments, whose command calls serve_a_peer(). Throws std::runtime_error when it does
  /// not come up.
  explicit PeerProcess(std::vector<std::string> arguments);
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;

  uint16_t port() const { return port_; }            // of its System's links
  uint16_t bare_port() const { return bare_port_; }  // of CAF's
  /// A message of 64 bytes there and back.
  void ping() const;

 private:
  int socket_ = -1;
  pid_t pid_ = 0;
  uint16_t port_ = 0, bare_port_ = 0;
};

/// What runs in that process, with its socket on standard input; returns when that is closed.
int serve_a_peer(int message_threads);

}  // namespace zenops::bench
