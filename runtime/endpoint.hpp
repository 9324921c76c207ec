#pragma once
#include <cstdint>
#include <string>

namespace zenops {

/// A process of the cluster, and where it is reached.
struct Endpoint {
  uint64_t process = 0;
  std::string host;  // an IPv4 address
  uint16_t port = 0;
  std::string host_key = {};  // the same for processes that can see each other's memory
  bool operator==(const Endpoint&) const = default;
};

}  // namespace zenops
