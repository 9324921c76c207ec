#include "tests/simulation/process.hpp"

#include "tests/simulation/shell.hpp"

namespace zenops::simulation {
namespace {

/// Time as one process has it: while it is frozen, nothing falls due there.
class ProcessClock final : public Clock {
 public:
  explicit ProcessClock(Process& process) : process_(process) {}
  Time now() const override { return process_.timeline.now(); }
  void at(Time when, std::function<void()> wake) override { process_.at(when, std::move(wake)); }

 private:
  Process& process_;
};

}  // namespace

Process::Process(Timeline& t, uint64_t i, std::string l, std::string n)
    : timeline(t),
      id(i),
      label(std::move(l)),
      node(std::move(n)),
      clock(std::make_unique<ProcessClock>(*this)),
      asks(*clock) {}
Process::~Process() = default;

void Process::at(Time when, std::function<void()> what) {
  timeline.at(when, [this, what = std::move(what)] { run(what); });
}

void Process::run(const std::function<void()>& what) {
  if (!alive) return;
  if (frozen) return held.push_back(what);
  what();
}

void Process::thaw() {
  frozen = false;
  for (auto& what : std::exchange(held, {})) at(timeline.now(), std::move(what));
}

}  // namespace zenops::simulation
