#pragma once
#include <map>
#include <string>
#include <vector>

#include "runtime/wire/cluster.capnp.h"

namespace zenops::repl {

/// Who has come and gone between two reports of the head's.
class Watch {
 public:
  /// Of the actors that `pattern` means, from that report on.
  Watch(std::string pattern, wire::Report::Reader report);
  /// "worker/3#1 down: killed", "worker/3#2 up". Lives that began and ended between two reports are only counted.
  std::vector<std::string> look(wire::Report::Reader report);

 private:
  struct Seen {
    uint32_t incarnation = 0;
    bool up = false;
  };
  std::string pattern_;
  std::map<std::string, Seen> seen_;
};

/// Whether `pattern` means that name: "worker/3", "worker/*", "*".
bool means(const std::string& pattern, const std::string& name);

}  // namespace zenops::repl
