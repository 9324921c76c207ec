#include "runtime/asks.hpp"

#include <unordered_map>
#include <vector>

namespace zenops {
namespace {

constexpr const char* ended = "the system has ended";

}  // namespace

struct Asks::Book {
  struct Question {
    std::string whom;
    Then then;
  };
  std::mutex mutex;
  uint64_t last = 0;
  bool closed = false;
  std::unordered_map<uint64_t, Question> open;
  std::multimap<std::string, uint64_t> by_name;

  Then take(uint64_t request, std::string& whom) {
    std::lock_guard lock(mutex);
    auto node = open.extract(request);
    if (!node) return {};
    whom = node.mapped().whom;
    for (auto [i, end] = by_name.equal_range(whom); i != end; ++i)
      if (i->second == request) {
        by_name.erase(i);
        break;
      }
    return std::move(node.mapped().then);
  }
};

Asks::Asks(Clock& clock) : clock_(clock), book_(std::make_shared<Book>()) {}

Asks::~Asks() = default;

uint64_t Asks::open(const std::string& whom, Clock::Duration within, Then then) {
  uint64_t request;
  {
    std::unique_lock lock(book_->mutex);
    request = ++book_->last;
    if (book_->closed) {
      lock.unlock();
      then(zenops::fail(Ec::unreachable, ended));
      return request;
    }
    book_->open.emplace(request, Book::Question{whom, std::move(then)});
    book_->by_name.emplace(whom, request);
  }
  clock_.after(within, [weak = std::weak_ptr(book_), request, within] {
    const auto book = weak.lock();
    std::string name;
    const Then late = book ? book->take(request, name) : Then{};
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(within).count();
    if (late) late(zenops::fail(Ec::timeout, name + " did not answer within " + std::to_string(ms) + " ms"));
  });
  return request;
}

void Asks::answer(uint64_t request, Expected<Envelope> answer) {
  std::string whom;
  if (const Then then = book_->take(request, whom)) then(std::move(answer));
}

bool Asks::waits(uint64_t request, const std::string& whom) const {
  std::lock_guard lock(book_->mutex);
  const auto i = book_->open.find(request);
  return i != book_->open.end() && i->second.whom == whom;
}

void Asks::over(const Address& who, const std::string& cause) {
  everybody(who.name, zenops::fail(Ec::unreachable, to_string(who) + " was lost before it answered: " + cause));
}

void Asks::everybody(const std::string& name, const Expected<Envelope>& answer) {
  std::vector<uint64_t> requests;
  {
    std::lock_guard lock(book_->mutex);
    for (auto [i, end] = book_->by_name.equal_range(name); i != end; ++i) requests.push_back(i->second);
  }
  for (const uint64_t request : requests) this->answer(request, answer);
}

void Asks::close() {
  std::vector<uint64_t> requests;
  {
    std::lock_guard lock(book_->mutex);
    book_->closed = true;
    for (const auto& [request, question] : book_->open) requests.push_back(request);
  }
  for (const uint64_t request : requests) fail(request, {Ec::unreachable, ended});
}

}  // namespace zenops
