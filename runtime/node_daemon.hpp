#pragma once
#include <map>
#include <memory>

#include "runtime/ledger.hpp"
#include "runtime/message.hpp"
#include "runtime/nursery.hpp"
#include "runtime/system.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops {

/// node/NAME, one on every machine: starts processes there for the head, each job's from a nursery of its own, and tells how they
/// end and what they print.
class NodeDaemon final : public Actor {
 public:
  struct Options {
    std::vector<std::string> nursery;  // the arguments of the program with which it is one
    std::string program;
    std::string head_host;
    uint16_t head_port = 0;
    std::string bind;  // the address at which its processes listen
    std::vector<Gpu> gpus = {};  // that this machine has to give
  };
  NodeDaemon(Context& context, Options options, System& system);
  Behavior handlers() override;

 private:
  void start(const Msg<wire::StartProcess>& start);
  Nursery& nursery(uint64_t job, const std::string& bytes);
  const Options options_;
  System& system_;
  std::map<uint64_t, uint64_t> jobs_;  // process → its job
  std::map<uint64_t, std::unique_ptr<Nursery>> nurseries_;
};

}  // namespace zenops
