#include "bench/local_talk.hpp"

#include <malloc.h>

#include <fstream>

#include "bench/bare_caf.hpp"
#include "bench/talkers.hpp"

namespace zenops::bench {
namespace {

constexpr size_t spawns = 2000;
constexpr int32_t notes = 20'000;
constexpr size_t at_once = 1000;
constexpr int pairs = 4;
const std::string caf = "bare CAF";

/// Does nothing but begin.
class Idle : public Actor {
 public:
  Idle(Context& context, Laps* laps) : Actor(context) { laps->done(); }
  Behavior handlers() override { return {}; }
};

void spawn(System& system, size_t count) {
  Laps laps(static_cast<int64_t>(count));
  for (size_t k = 0; k < count; ++k) system.spawn("bench/idle/" + std::to_string(k), maker<Idle>(&laps), {});
  laps.wait();
}

double bytes_of_this_process() {
  malloc_trim(0);
  size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return static_cast<double>(resident) * 4096;
}

void check(const Expected<Envelope>& answer) {
  if (!answer) throw std::runtime_error(answer.error().what);
}

/// Systems whose actors live as long as this.
class Local {
 public:
  explicit Local(const Effort& effort)
      : effort_(effort), system_({.message_threads = effort.threads}, clock_, pool_), bare_(effort.threads) {
    system_.spawn("bench/sink", maker<Sink>(), {});
    sink_ = bare_.sink();
    for (int k = 0; k < pairs; ++k) {
      system_.spawn(echo(k), maker<Echo>(), {});
      echoes_.push_back(bare_.echo());
    }
  }

  Beside spawning() {
    return take_turns(
        effort_.repeats, [&] { return spawning_once<BareSide>(); }, [&] { return spawning_once<OurSide>(); });
  }
  Beside telling() {
    return turns([&] { bare_.tell(sink_, notes); },
                 [&] {
                   Laps laps(notes);
                   Sink::laps = &laps;
                   for (int32_t k = 0; k < notes; ++k) system_.tell("bench/sink", note(k));
                   laps.wait();
                 },
                 notes);
  }
  Beside telling_from_an_actor() {
    system_.spawn("bench/teller", maker<Teller>(std::string("bench/sink"), notes), {});
    return turns([&] { bare_.tell_from_an_actor(sink_, notes); },
                 [&] {
                   Laps laps(notes);
                   Sink::laps = &laps;
                   system_.tell("bench/teller", Envelope::of<wire::Go>());
                   laps.wait();
                 },
                 notes);
  }
  Beside asking_one_at_a_time() {
    return turns([&] { bare_.ask(echoes_[0], 1); },
                 [&] { check(system_.ask(echo(0), question(1), answered_within).get()); }, 1);
  }
  Beside asking_many_at_once() {
    return turns([&] { bare_.ask(echoes_[0], at_once); },
                 [&] {
                   std::vector<std::future<Expected<Envelope>>> answers;
                   for (size_t k = 0; k < at_once; ++k)
                     answers.push_back(system_.ask(echo(0), question(1), answered_within));
                   for (auto& answer : answers) check(answer.get());
                 },
                 at_once);
  }
  /// From so many actors to as many others.
  Beside asking_from_actors(int count, int64_t questions, int64_t window) {
    const std::vector<::caf::actor> some(echoes_.begin(), echoes_.begin() + count);
    return turns([&] { bare_.ask_from_actors(some, questions, window); },
                 [&] {
                   Laps laps(questions * count);
                   std::vector<std::string> askers;
                   for (int k = 0; k < count; ++k) {
                     askers.push_back("bench/asker/" + std::to_string(++asker_));
                     system_.begin({askers.back(), 1}, maker<Asker>(Asker::Task{echo(k), questions, window, &laps}),
                                   [](auto&, Cause, auto&) {});
                   }
                   for (const auto& asker : askers) system_.tell(asker, Envelope::of<wire::Go>());
                   laps.wait();
                   for (const auto& asker : askers) system_.end({asker, 1});
                 },
                 static_cast<size_t>(questions * count));
  }

 private:
  struct OurSide {
    explicit OurSide(int threads) : system({.message_threads = threads}, clock, pool) {}
    void run() { spawn(system, spawns); }
    SystemClock clock;
    Pool pool{1};
    System system;
  };
  struct BareSide {
    explicit BareSide(int threads) : bare(threads) {}
    void run() { bare.spawn(spawns); }
    BareCaf bare;
  };
  /// In systems that have nobody yet.
  template <class One>
  double spawning_once() {
    double sum = 0;
    size_t systems = 0;
    do {
      One side(effort_.threads);
      const double begin = wall_seconds();
      side.run();
      sum += wall_seconds() - begin;
      ++systems;
    } while (sum < effort_.each());
    return sum / static_cast<double>(systems * spawns);
  }
  Beside turns(const std::function<void()>& bound, const std::function<void()>& ours, size_t operations) {
    return take_turns(
        effort_.repeats, [&] { return seconds_of_one(effort_.each(), operations, bound); },
        [&] { return seconds_of_one(effort_.each(), operations, ours); });
  }
  static std::string echo(int k) { return "bench/echo/" + std::to_string(k); }

  const Effort effort_;
  SystemClock clock_;
  Pool pool_{1};
  System system_;
  BareCaf bare_;
  ::caf::actor sink_;
  std::vector<::caf::actor> echoes_;
  int asker_ = 0;
};

}  // namespace

void measure_local_talk(const Effort& effort, const Report& report) {
  Local local(effort);
  report(times("actor spawn", caf, local.spawning(), at_most(1.3)));
  report(times("mailbox: notes from outside", caf, local.telling(), at_most(1.3)));
  report(times("mailbox: notes from an actor", caf, local.telling_from_an_actor(), at_most(1.3)));
  report(times("1:1 actor calls sync", caf, local.asking_one_at_a_time(), at_most(1.3)));
  report(times("1:1 actor calls async", caf, local.asking_many_at_once(), at_most(1.3)));
  report(times("actor to actor calls sync", caf, local.asking_from_actors(1, 2000, 1), at_most(1.3)));
  report(times("n:n actor calls async", caf, local.asking_from_actors(pairs, 2000, 100), at_most(1.3)));
}

void measure_many_actors(size_t count, const Effort& effort, const Report& report) {
  const std::string many = std::to_string(count) + " actors: ";
  const auto kilobytes = [&](double before) {
    return (bytes_of_this_process() - before) / static_cast<double>(count) / 1000;
  };
  SystemClock clock;
  Pool pool{1};
  System system({.message_threads = effort.threads}, clock, pool);
  BareCaf bare(effort.threads);
  double before = bytes_of_this_process();
  spawn(system, count);
  const double ours = kilobytes(before);
  before = bytes_of_this_process();
  bare.spawn(count);
  const double theirs = kilobytes(before);
  char detail[64];
  std::snprintf(detail, sizeof detail, "bare CAF: %.2f kB", theirs);
  report({many + "memory of each", "kB", {ours, ours, ours}, {}, detail});

  const auto find = [&](const std::string& what, const std::function<bool(const std::string&)>& here) {
    std::vector<double> nanoseconds;
    std::vector<std::string> names;
    for (size_t k = 0; k < count; ++k) names.push_back("bench/idle/" + std::to_string(k * 7919 % count));
    for (int r = 0; r < effort.repeats; ++r)
      nanoseconds.push_back(1e9 * seconds_of_one(effort.each(), count, [&] {
                              for (const auto& name : names)
                                if (!here(name)) throw std::logic_error("nobody is called " + name);
                            }));
    report({many + what, "ns", quartiles(nanoseconds)});
  };
  find("found by name, in their process", [&](const std::string& name) { return system.incarnation(name) == 1; });
  Routes routes;
  for (size_t k = 0; k < count; ++k) routes.learn(Life::begun({"bench/idle/" + std::to_string(k), 1}, 1));
  find("found by name, in other processes", [&](const std::string& name) { return routes.find(name).has_value(); });
}

}  // namespace zenops::bench
