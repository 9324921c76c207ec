#include "bench/program_talk.hpp"

#include "bench/talkers.hpp"
#include "runtime/program.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops::bench {
namespace {

constexpr int32_t notes = 20'000;
constexpr size_t at_once = 1000;
constexpr uint32_t listed = 100;
const std::string runtime = "the runtime";

class Both {
 public:
  explicit Both(const Effort& effort) : effort_(effort), system_({.message_threads = effort.threads}, clock_, pool_) {
    program_.add<Sink>("Sink").add<Echo>("Echo");
    cluster_ = std::make_unique<Cluster>(program_, Cluster::Options{.threads = 1});
    cluster_->spawn("Sink", "bench/sink");
    cluster_->spawn("Echo", "bench/echo");
    system_.spawn("bench/sink", maker<Sink>(), {});
    system_.spawn("bench/echo", maker<Echo>(), {});
  }

  Beside telling() { return turns([](const OutsideRef& sink) { tell(sink); }, "bench/sink", notes); }
  Beside asking() {
    return turns([](const OutsideRef& echo) { check(echo.ask<wire::Answer>(question(1)).get()); }, "bench/echo", 1);
  }
  Beside asking_many() {
    return turns(
        [](const OutsideRef& echo) {
          std::vector<std::future<Expected<Answer<wire::Answer>>>> answers;
          for (size_t k = 0; k < at_once; ++k) answers.push_back(echo.ask<wire::Answer>(question(1)));
          for (auto& answer : answers) check(answer.get());
        },
        "bench/echo", at_once);
  }
  /// Milliseconds.
  Quartiles listing() {
    cluster_->spawn("Sink", Names("bench/other", 0, listed));
    const OutsideRef head = cluster_->find("head");
    std::vector<double> milliseconds;
    for (int r = 0; r < effort_.repeats; ++r)
      milliseconds.push_back(1e3 * seconds_of_one(effort_.each(), 1, [&] {
                               const auto report = head.ask<zenops::wire::Report>(Envelope::of<zenops::wire::Inquire>()).get();
                               check(report);
                               if ((*report)->getActors().size() < listed) throw std::logic_error("not all are listed");
                             }));
    return quartiles(milliseconds);
  }

 private:
  static void tell(const OutsideRef& sink) {
    Laps laps(notes);
    Sink::laps = &laps;
    for (int32_t k = 0; k < notes; ++k) sink.tell(note(k));
    laps.wait();
  }
  template <class T>
  static void check(const Expected<T>& answer) {
    if (!answer) throw std::runtime_error(answer.error().what);
  }
  Beside turns(const std::function<void(const OutsideRef&)>& work, const std::string& whom, size_t operations) {
    const OutsideRef bare(system_, whom), ours = cluster_->find(whom);
    return take_turns(
        effort_.repeats, [&] { return seconds_of_one(effort_.each(), operations, [&] { work(bare); }); },
        [&] { return seconds_of_one(effort_.each(), operations, [&] { work(ours); }); });
  }

  const Effort effort_;
  SystemClock clock_;
  Pool pool_{1};
  System system_;
  Program program_{"bench"};
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace

void measure_program_talk(const Effort& effort, const Report& report) {
  Both both(effort);
  report(times("a program's actor: notes", runtime, both.telling(), at_most(1.1)));
  report(times("a program's actor: 1:1 calls sync", runtime, both.asking(), at_most(1.1)));
  report(times("a program's actor: 1:1 calls async", runtime, both.asking_many(), at_most(1.1)));
  report({"ls of 100 actors", "ms", both.listing(), at_most(50)});
}

}  // namespace zenops::bench
