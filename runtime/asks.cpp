#include "runtime/asks.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace zenops {
namespace {

constexpr size_t parts = 16;
constexpr const char* ended = "the system has ended";

struct Question {
  std::string whom;
  Clock::Duration within;
  Clock::Time due;
  Asks::Then then;
};

}  // namespace

/// The questions to some of the names.
struct Asks::Part {
  std::mutex mutex;
  bool closed = false;
  uint64_t last;  // their numbers are this part's place among all, modulo how many parts there are
  std::unordered_map<uint64_t, Question> open = {};
  std::set<std::pair<Clock::Time, uint64_t>> due = {};
  Clock::Time woken = Clock::Time::max();  // when the clock wakes us next, as far as it was told

  /// Under the lock.
  std::optional<Question> take_locked(uint64_t request) {
    auto node = open.extract(request);
    if (!node) return {};
    due.erase({node.mapped().due, request});
    return std::move(node.mapped());
  }
  std::optional<Question> take(uint64_t request) {
    std::lock_guard lock(mutex);
    return take_locked(request);
  }
  std::vector<Question> overdue(Clock::Time now) {
    std::vector<Question> late;
    while (!due.empty() && due.begin()->first <= now) late.push_back(*take_locked(due.begin()->second));
    return late;
  }
};

struct Asks::Book {
  explicit Book(Clock& c) : clock(c) {
    for (size_t k = 0; k < parts; ++k) by_place[k].last = k;
  }
  Part& of(const std::string& whom) { return by_place[std::hash<std::string>{}(whom) % parts]; }
  Part& of(uint64_t request) { return by_place[request % parts]; }

  /// The clock is told of the first that is due, not of each: most are answered before.
  static void wake_at(const std::shared_ptr<Book>& book, Part& part, Clock::Time when) {
    book->clock.at(when, [weak = std::weak_ptr(book), &part, when] {
      if (const auto alive = weak.lock()) wake(alive, part, when);
    });
  }
  static void wake(const std::shared_ptr<Book>& book, Part& part, Clock::Time when) {
    std::vector<Question> late;
    bool again = false;
    Clock::Time next;
    {
      std::lock_guard lock(part.mutex);
      if (part.woken == when) part.woken = Clock::Time::max();
      late = part.overdue(when);
      if (!part.due.empty() && part.due.begin()->first < part.woken) {
        again = true;
        next = part.woken = part.due.begin()->first;
      }
    }
    if (again) wake_at(book, part, next);
    for (Question& question : late) {
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(question.within).count();
      question.then(zenops::fail(Ec::timeout, question.whom + " did not answer within " + std::to_string(ms) + " ms"));
    }
  }

  Clock& clock;
  std::array<Part, parts> by_place;
};

Asks::Asks(Clock& clock) : book_(std::make_shared<Book>(clock)) {}

Asks::~Asks() = default;

uint64_t Asks::open(const std::string& whom, Clock::Duration within, Then then) {
  const Clock::Time due = book_->clock.now() + within;
  Part& part = book_->of(whom);
  uint64_t request;
  bool first;
  {
    std::unique_lock lock(part.mutex);
    request = part.last += parts;
    if (part.closed) {
      lock.unlock();
      then(zenops::fail(Ec::unreachable, ended));
      return request;
    }
    part.open.emplace(request, Question{whom, within, due, std::move(then)});
    part.due.emplace(due, request);
    first = due < part.woken;
    if (first) part.woken = due;
  }
  if (first) Book::wake_at(book_, part, due);
  return request;
}

void Asks::answer(uint64_t request, Expected<Envelope> answer) {
  if (auto question = book_->of(request).take(request)) question->then(std::move(answer));
}

bool Asks::waits(uint64_t request, const std::string& whom) const {
  Part& part = book_->of(request);
  std::lock_guard lock(part.mutex);
  const auto i = part.open.find(request);
  return i != part.open.end() && i->second.whom == whom;
}

void Asks::over(const Address& who, const std::string& cause) {
  everybody(who.name, zenops::fail(Ec::unreachable, to_string(who) + " was lost before it answered: " + cause));
}

void Asks::everybody(const std::string& name, const Expected<Envelope>& answer) {
  Part& part = book_->of(name);
  std::vector<uint64_t> requests;
  {
    std::lock_guard lock(part.mutex);
    for (const auto& [request, question] : part.open)
      if (question.whom == name) requests.push_back(request);
  }
  std::ranges::sort(requests);  // in the order in which they were asked
  for (const uint64_t request : requests) this->answer(request, answer);
}

void Asks::close() {
  std::vector<uint64_t> requests;
  for (Part& part : book_->by_place) {
    std::lock_guard lock(part.mutex);
    part.closed = true;
    for (const auto& [request, question] : part.open) requests.push_back(request);
  }
  std::ranges::sort(requests);
  for (const uint64_t request : requests) fail(request, {Ec::unreachable, ended});
}

}  // namespace zenops
