#include "bench/remote_talk.hpp"

#include <cstring>
#include <deque>
#include <thread>

#include "bench/bare_caf.hpp"
#include "runtime/links.hpp"
#include "runtime/membership.hpp"
#include "runtime/shared_memory.hpp"

namespace zenops::bench {
namespace {

constexpr size_t at_once = 256;
constexpr int64_t questions = 500;
const std::string caf = "bare CAF", their_echo = "bench/echo", their_bulk = "bench/bulk";

Envelope opened(Expected<Envelope> answer) {
  if (!answer) throw std::runtime_error(answer.error().what);
  return std::move(*answer);
}

/// A System that knows that process.
class Here {
 public:
  Here(const PeerProcess& peer, const Effort& effort) : system_(options(memory_, effort), clock_, pool_) {
    const auto found = system_.links()->connect("127.0.0.1", peer.port(), answered_within);
    if (!found) throw std::runtime_error(found.error().what);
    for (const auto& name : {their_echo, their_bulk}) system_.learn(Life::begun({name, 1}, found->process));
  }
  System& operator*() { return system_; }
  System* operator->() { return &system_; }
  std::future<Expected<Envelope>> ask(const std::string& whom, std::vector<Row> rows = {}) {
    return system_.ask(whom, question(1, std::move(rows)), answered_within);
  }
  const std::shared_ptr<SharedMemory>& memory() const { return memory_; }

 private:
  static System::Options options(std::shared_ptr<SharedMemory> memory, const Effort& effort) {
    System::Options options;
    options.message_threads = effort.threads;
    options.network = System::Network{{random_process(), "127.0.0.1", 0, host_key()}, 0, std::move(memory)};
    return options;
  }
  const std::shared_ptr<SharedMemory> memory_ = std::make_shared<SharedMemory>();
  SystemClock clock_;
  Pool pool_{1};
  System system_;
};

Row filled_row(Rows& rows, size_t size) {
  Row row = rows.make(size);
  for (size_t k = 0; k < size; ++k) row.mutable_view()[k] = static_cast<float>(k % 1000);
  return row;
}

/// So many rows, so many at a time: each is asked for when the first of those before is answered. One row is sent again
/// and again, and its sum is checked.
void stream(Here& here, const Row& row, uint32_t sum, int count, size_t window) {
  std::deque<std::future<Expected<Envelope>>> waiting;
  const auto take = [&] {
    const Envelope answer = opened(waiting.front().get());
    if (Msg<wire::Answer>(answer)->getSum() != sum) throw std::logic_error("a row came with other numbers");
    waiting.pop_front();
  };
  for (int k = 0; k < count; ++k) {
    if (waiting.size() == window) take();
    waiting.push_back(here.ask(their_bulk, {row}));
  }
  while (!waiting.empty()) take();
}

/// Milliseconds of questions while rows travel.
std::vector<double> questions_beside(Here& here, const Row& row, double seconds) {
  const uint32_t sum = sum_of_words(row.view());
  std::atomic<bool> enough = false;
  std::exception_ptr failed;
  std::thread bulk([&] {
    try {
      while (!enough) stream(here, row, sum, 8, 4);
    } catch (...) {
      failed = std::current_exception();
    }
  });
  std::vector<double> times;
  for (const double begin = wall_seconds(); wall_seconds() - begin < seconds || times.size() < 100;) {
    const double asked = wall_seconds();
    if (!here.ask(their_echo).get()) break;
    times.push_back(1e3 * (wall_seconds() - asked));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  enough = true;
  bulk.join();
  if (failed) std::rethrow_exception(failed);
  return times;
}

void report_questions_beside(const std::string& bulk, const std::vector<double>& times,
                             std::optional<Figure::Target> target, const Report& report) {
  const double p50 = quantile(times, 0.5), p99 = quantile(times, 0.99);
  report({"a question beside " + bulk + ", p50", "ms", {p50, p50, p50}});
  report({"a question beside " + bulk + ", p99", "ms", {p99, p99, p99}, target, "of " + std::to_string(times.size())});
}

}  // namespace

void measure_remote_talk(const PeerProcess& peer, const Effort& effort, const Report& report) {
  Here here(peer, effort);
  BareCaf bare(effort.threads, true);
  const ::caf::actor bare_echo = bare.connect(peer.bare_port());
  const auto turns = [&](const std::function<void()>& bound, const std::function<void()>& ours, size_t operations,
                         size_t of_bound) {
    return take_turns(
        effort.repeats, [&] { return seconds_of_one(effort.each(), of_bound, bound); },
        [&] { return seconds_of_one(effort.each(), operations, ours); });
  };
  const auto one = [&] { opened(here.ask(their_echo).get()); };
  report(times("another process: 1:1 actor calls sync", caf, turns([&] { bare.ask(bare_echo, 1); }, one, 1, 1),
               at_most(1.3)));
  report(times("another process: 1:1 actor calls sync", "a Unix socket", turns([&] { peer.ping(); }, one, 1, 1)));
  report(times("another process: bare CAF's calls sync", "a Unix socket",
               turns([&] { peer.ping(); }, [&] { bare.ask(bare_echo, 1); }, 1, 1)));
  const auto many = [&] {
    std::vector<std::future<Expected<Envelope>>> answers;
    for (size_t k = 0; k < at_once; ++k) answers.push_back(here.ask(their_echo));
    for (auto& answer : answers) opened(answer.get());
  };
  report(times("another process: 1:1 actor calls async", caf,
               turns([&] { bare.ask(bare_echo, at_once); }, many, at_once, at_once), at_most(1.3)));
  uint64_t asker = 0;
  const auto from_an_actor = [&] {
    Laps laps(questions);
    const Address name{"bench/asker/" + std::to_string(++asker), 1};
    here->begin(name, maker<Asker>(Asker::Task{their_echo, questions, 1, &laps}), [](auto&, Cause, auto&) {});
    here->tell(name.name, Envelope::of<wire::Go>());
    laps.wait();
    here->end(name);
  };
  report(times("another process: actor to actor calls sync", caf,
               turns([&] { bare.ask_from_actors({bare_echo}, questions, 1); }, from_an_actor, questions, questions),
               at_most(1.3)));
}

void measure_rows(const PeerProcess& peer, const Effort& effort, const Report& report) {
  Here here(peer, effort);
  Rows shared(here.memory()), heap;
  struct Size {
    std::string name;
    size_t floats;
    int batch;
  };
  for (const auto& [name, floats, batch] : {Size{"3.4 MB", 860'000, 16}, {"45 MB", 11'200'000, 4}}) {
    const Row row = filled_row(shared, floats);
    const uint32_t sum = sum_of_words(row.view());
    std::vector<float> target(floats);
    const auto copy = [&] { std::memcpy(target.data(), row.view().data(), floats * sizeof(float)); };
    const auto read = [&] {
      if (sum_of_words(row.view()) != sum) throw std::logic_error("reading changes a row");
    };
    const auto beside = [&](const std::function<void()>& bound, size_t window) {
      return take_turns(
          effort.repeats, [&] { return seconds_of_one(effort.each(), 1, bound); },
          [&] {
            return seconds_of_one(effort.each(), static_cast<size_t>(batch),
                                  [&] { stream(here, row, sum, batch, window); });
          });
    };
    report(share("put gigabytes: a row of " + name, "memcpy", beside(copy, 1), at_least(0.8)));
    report(share("put gigabytes: a row of " + name + ", 4 at a time", "memcpy", beside(copy, 4), at_least(0.8)));
    report(share("put gigabytes: a row of " + name + ", 4 at a time", "reading it here", beside(read, 4)));
  }
  report_questions_beside("rows of 45 MB in shared memory",
                          questions_beside(here, filled_row(shared, 11'200'000), effort.seconds), at_most(5), report);
  report_questions_beside("rows of 3.4 MB in a connection",
                          questions_beside(here, filled_row(heap, 860'000), effort.seconds), {}, report);
}

}  // namespace zenops::bench
