#pragma once
#include <cstdint>
#include <string>

#include "runtime/system.hpp"

namespace zenops {

/// A job of this process at the head, from its opening to its end, which is no fall of its actors. The system outlives it.
class RunningJob {
 public:
  /// What its processes are prepared by; with a version it must be that of the head's program. Throws UserError (run_failed) with
  /// what the head says instead.
  RunningJob(System& system, const std::string& name, const std::string& bytes, const std::string& version = {});
  ~RunningJob();
  RunningJob(const RunningJob&) = delete;
  uint64_t id() const { return id_; }
  /// There is no head any more that would have to be told of its end.
  void forget() { forgotten_ = true; }

 private:
  System& system_;
  uint64_t id_;
  bool forgotten_ = false;
};

}  // namespace zenops
