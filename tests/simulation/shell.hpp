#pragma once
#include <memory>

#include "runtime/troupe.hpp"
#include "tests/simulation/process.hpp"

namespace zenops::simulation {

class Cluster;

/// What System::Shell is in CAF: the context of one life of an actor, in its process.
class Shell final : public Context, public std::enable_shared_from_this<Shell> {
 public:
  Shell(Cluster& cluster, Process& process, Address self)
      : cluster_(cluster), process_(process), self_(std::move(self)) {}

  void begin();
  /// It is over: it hears nothing any more, and what it has begun comes to nothing.
  void leave() { over_ = true; }
  void handle(const Address& from, uint64_t origin, const Envelope& envelope);

  const Address& self() const override { return self_; }
  const Address& sender() const override { return sender_; }
  uint64_t origin() const override { return origin_; }
  Clock& clock() override { return *process_.clock; }
  Pool& pool() override;
  void tell(const std::string& name, Envelope envelope) override;
  void ask(const std::string& name, Envelope envelope, Clock::Duration within, Answered then) override;
  Reply replier() override;
  uint32_t incarnation(const std::string& name) const override;
  bool lives(const Address& address) const override;
  void watch() override { process_.watchers.insert(self_.name); }
  void log(const std::string& line) override;
  void end() override { throw std::logic_error("nobody ends itself here"); }
  void evict(const Address&, const std::string&) override { throw std::logic_error("nobody is evicted here"); }
  void kill(const std::string& name) override;
  std::map<std::string, Bytes> traffic() const override { return {}; }

 protected:
  void submit(Pool&, Pool::Job job) override;
  void submit(size_t count, std::function<void(size_t, int)> body, std::function<void()> done, size_t) override;
  Post post() override;

 private:
  void guarded(const std::function<void()>& what);
  Cluster& cluster_;
  Process& process_;
  const Address self_;
  std::unique_ptr<Actor> actor_;
  Behavior behavior_;
  Address sender_;
  uint64_t origin_ = 0, request_ = 0;
  bool over_ = false;
};

}  // namespace zenops::simulation
