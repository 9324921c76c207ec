#include "bench/falls.hpp"

#include <csignal>
#include <thread>

#include "bench/talkers.hpp"
#include "runtime/birth.hpp"
#include "runtime/membership.hpp"
#include "runtime/nursery.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;
constexpr auto settled = 1500ms;  // more beats than the detector wants before it believes them
const std::string name = "bench/victim";

Troupe echoes() {
  return [](Context& context, const std::string&, std::string_view) { return std::make_unique<Echo>(context); };
}

Envelope opened(Expected<Envelope> answer) {
  if (!answer) throw std::runtime_error(answer.error().what);
  return std::move(*answer);
}

/// When a log said that somebody was lost.
class Watch {
 public:
  void line(const std::string& line) {
    if (line.find(" lost: ") == std::string::npos) return;
    std::lock_guard lock(mutex_);
    lost_at_[line.substr(0, line.find(" lost: "))] = wall_seconds();
    changed_.notify_all();
  }
  double lost_at(const Address& who) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return lost_at_.contains(to_string(who)); }))
      throw std::runtime_error("nobody noticed the end of " + to_string(who));
    return lost_at_[to_string(who)];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, double> lost_at_;
};

/// A head, a node and one actor in a process of its own.
class Cluster {
 public:
  Cluster(const std::vector<std::string>& nursery, const std::string& version, int threads)
      : member_(options(nursery, version, threads), echoes(), clock_, pool_) {
    System& system = member_.system();
    const auto job =
        opened(system.ask("head", Envelope::of<zenops::wire::OpenJob>([](auto out) { out.setName("bench"); }), patience)
                   .get());
    opened(system
               .ask("head", Envelope::of<zenops::wire::Spawn>([&](zenops::wire::Spawn::Builder out) {
                      out.setJob(Msg<zenops::wire::JobOpened>(job)->getJob());
                      auto actor = out.initActors(1)[0];
                      actor.setName(name);
                      write(RestartSpec{.intensity = 1000, .backoff = 10ms, .max_backoff = 10ms}, actor.initRestart());
                    }),
                    patience)
               .get());
  }

  struct Times {
    double noticed, served;  // seconds from the signal
  };
  Times fall(int signal) {
    std::this_thread::sleep_for(settled);
    const Life before = serving(0);
    const double begin = wall_seconds();
    kill(static_cast<pid_t>(before.pid), signal);
    const double noticed = watch_.lost_at({name, before.incarnation}) - begin;
    serving(before.incarnation + 1);
    return {noticed, wall_seconds() - begin};
  }

 private:
  struct Life {
    uint32_t pid, incarnation;
  };
  /// That life of it, or a later one, when it answers.
  Life serving(uint32_t incarnation) {
    for (const double begin = wall_seconds(); wall_seconds() - begin < 20;) {
      if (const auto answer = member_.system().ask(name, question(1), 5s).get()) {
        const Msg<wire::Answer> life(*answer);
        if (life->getIncarnation() >= incarnation) return {life->getPid(), life->getIncarnation()};
      }
      std::this_thread::sleep_for(1ms);
    }
    throw std::runtime_error(to_string(Address{name, incarnation}) + " did not come");
  }
  Membership::Options options(const std::vector<std::string>& nursery, const std::string& version, int threads) {
    Membership::Options out{.process = random_process(), .version = version};
    out.head = true;
    out.node = NodeSpec{.name = "here", .host = {}, .cores = 2};
    out.nursery = nursery;
    out.message_threads = threads;
    out.log = [this](const std::string& line) { watch_.line(line); };
    return out;
  }

  Watch watch_;
  SystemClock clock_;
  Pool pool_{1};
  Membership member_;
};

}  // namespace

int fallen_nursery(const std::string& version) {
  return run_nursery([version](const std::string&) {
    return [version](const std::string& birth) {
      return live(
          birth, version, [](const std::string&) { return 1; }, [](const Means&) { return echoes(); });
    };
  });
}

void measure_falls(const std::vector<std::string>& nursery, const std::string& version, const Effort& effort,
                   const Report& report) {
  Cluster cluster(nursery, version, effort.threads);
  struct Kind {
    std::string name;
    int signal;
    double noticed;
  };
  for (const auto& [kind, signal, noticed] : {Kind{"kill -9", SIGKILL, 200}, {"a freeze", SIGSTOP, 1200}}) {
    std::vector<double> heard, served;
    for (int r = 0; r < effort.repeats; ++r) {
      const auto times = cluster.fall(signal);
      heard.push_back(1e3 * times.noticed);
      served.push_back(1e3 * times.served);
    }
    const auto slowest = [](const std::vector<double>& times) {
      return "the slowest of " + std::to_string(times.size()) + ": " + in_time(1e-3 * quantile(times, 1));
    };
    report({kind + " noticed", "ms", quartiles(heard), at_most(noticed), slowest(heard)});
    report({"after " + kind + ": the replacement serves", "ms", quartiles(served), at_most(2000), slowest(served)});
  }
}

}  // namespace zenops::bench
