#pragma once
#include <gmock/gmock.h>
#include <signal.h>

#include <thread>

#include "runtime/membership.hpp"
#include "runtime/wire/cluster_words.hpp"
#include "tests/runtime/counter.hpp"

namespace zenops {

/// The lines of a log, to be waited for.
class Lines {
 public:
  void add(const std::string& line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }
  /// How many were there before the first that has it.
  size_t place_of(const std::string& part) {
    std::lock_guard lock(mutex_);
    return static_cast<size_t>(std::ranges::find_if(lines_, [&](const auto& line) { return line.find(part) != std::string::npos; }) - lines_.begin());
  }
  std::string wait_for(const std::string& part) {
    std::unique_lock lock(mutex_);
    for (size_t k = 0;; ++k) {
      if (!changed_.wait_for(lock, std::chrono::seconds(60), [&] { return lines_.size() > k; })) {
        throw std::runtime_error("nobody said \"" + part + "\", but\n" + joined());
      }
      if (lines_[k].find(part) != std::string::npos) return lines_[k];
    }
  }
  std::string all() {
    std::lock_guard lock(mutex_);
    return joined();
  }

 private:
  std::string joined() const {
    std::string out;
    for (const auto& line : lines_) out += line + "\n";
    return out;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

inline Troupe counters() {
  return [](Context& context, const std::string&, std::string_view) { return std::make_unique<Counter>(context); };
}

/// A client with a head and a node of its own; other processes are real ones.
class ClusterTest : public testing::Test {
 protected:
  Membership::Options options() {
    Membership::Options options{.process = random_process(), .version = "test"};
    options.head = true;
    options.node = NodeSpec{.name = "here", .host = {}, .cores = 2};
    options.nursery = {ZENOPS_CLUSTER_CHILD};
    options.program = ZENOPS_CLUSTER_CHILD;
    options.log = [this](const std::string& line) { log_.add(line); };
    return options;
  }
  /// Whose rows its processes read where they lie.
  Membership::Options sharing(std::shared_ptr<SharedMemory> memory) {
    Membership::Options its = options();
    its.memory = std::move(memory);
    return its;
  }
  uint64_t open_job(System& system, const std::string& bytes = "") {
    auto answer = system.ask("head", Envelope::of<wire::OpenJob>([&](wire::OpenJob::Builder out) {
                               out.setName("test");
                               out.setBytes({reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()});
                             }),
                             std::chrono::seconds(60)).get();
    if (!answer) throw std::runtime_error(answer.error().what);
    return Msg<wire::JobOpened>(*answer)->getJob();
  }
  Membership::Options joining(uint16_t port) {
    Membership::Options options{.process = random_process(), .version = "test"};
    options.head_host = "127.0.0.1";
    options.head_port = port;
    options.log = [this](const std::string& line) { log_.add(line); };
    return options;
  }
  Expected<Envelope> spawn(System& system, uint64_t job, std::vector<std::string> names, bool here = false) {
    return spawn_supervised(system, job, std::move(names), [here](wire::Spawn::Builder, wire::Spec::Builder spec) { spec.setHere(here); });
  }
  /// `more` says the rest of each.
  Expected<Envelope> spawn_supervised(System& system, uint64_t job, std::vector<std::string> names,
                                      const std::function<void(wire::Spawn::Builder, wire::Spec::Builder)>& more,
                                      std::optional<Together> strategy = {}, uint32_t node_evictions = 0) {
    return system.ask("head", Envelope::of<wire::Spawn>([&](wire::Spawn::Builder out) {
                        out.setJob(job);
                        if (strategy) {
                          auto supervisor = out.initSupervisors(1)[0];
                          write(Supervisor::Options{.strategy = *strategy, .restarts = {.backoff = std::chrono::milliseconds(10)}}, supervisor);
                          supervisor.setNodeEvictions(node_evictions);
                        }
                        auto actors = out.initActors(static_cast<uint32_t>(names.size()));
                        for (uint32_t k = 0; k < names.size(); ++k) {
                          actors[k].setName(names[k]);
                          write(RestartSpec{.backoff = std::chrono::milliseconds(10)}, actors[k].initRestart());
                          more(out, actors[k]);
                        }
                      }),
                      std::chrono::seconds(60)).get();
  }
  struct Answer {
    int64_t value;
    uint32_t pid, incarnation;
  };
  Answer ask(System& system, const std::string& name, Envelope question = Envelope::of<wire::Ask>()) {
    const auto answer = system.ask(name, std::move(question), std::chrono::seconds(60)).get();
    if (!answer) throw std::runtime_error(answer.error().what);
    const Msg<wire::Sum> sum(*answer);
    return {sum->getValue(), sum->getPid(), sum->getIncarnation()};
  }
  /// Once that life of it answers.
  Answer ask_until(System& system, const std::string& name, uint32_t incarnation) {
    for (int k = 0; k < 2000; ++k) {
      const auto answer = system.ask(name, Envelope::of<wire::Ask>(), std::chrono::seconds(5)).get();
      if (answer && Msg<wire::Sum>(*answer)->getIncarnation() == incarnation) return ask(system, name);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    throw std::runtime_error(name + " did not come back, but\n" + log_.all());
  }
  static Envelope add(int64_t delta) {
    return Envelope::of<wire::Add>([delta](wire::Add::Builder b) { b.setDelta(delta); });
  }
  static Envelope pass(const std::string& to) {
    return Envelope::of<wire::Pass>([&](wire::Pass::Builder b) { b.setTo(to); });
  }

  Lines log_;
  SystemClock clock_;
  Pool pool_{1};
};

}  // namespace zenops
