#include "runtime/links.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <future>
#include <thread>

#include "runtime/fd.hpp"
#include "runtime/ref.hpp"
#include "runtime/system.hpp"
#include "tests/runtime/counter.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;

/// Listens in somebody's place: breaks the first connections as soon as they are there, and leads those after them to that port of
/// this machine.
class BreakingDoor {
 public:
  BreakingDoor(uint16_t to, uint32_t breaks) : to_(to), breaks_(breaks), listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = here(0);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listening_.get(), any, size), 0);
    EXPECT_EQ(listen(listening_.get(), 16), 0);
    EXPECT_EQ(getsockname(listening_.get(), any, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { work(); });
  }
  ~BreakingDoor() {
    shut_ = true;
    thread_.join();
  }
  uint16_t port() const { return port_; }
  uint32_t broke() const { return broke_; }

 private:
  static sockaddr_in here(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  void work() {
    std::vector<std::pair<Fd, Fd>> led;
    while (!shut_) {
      std::vector<pollfd> ready{{listening_.get(), POLLIN, 0}};
      for (const auto& [from, to] : led) {
        ready.push_back({from.get(), POLLIN, 0});
        ready.push_back({to.get(), POLLIN, 0});
      }
      poll(ready.data(), ready.size(), 10);
      for (size_t k = 0; k < led.size(); ++k) {
        if (ready[1 + 2 * k].revents != 0) pass_on(led[k].first, led[k].second);
        if (ready[2 + 2 * k].revents != 0) pass_on(led[k].second, led[k].first);
      }
      std::erase_if(led, [](const auto& both) { return !both.first || !both.second; });
      if (ready[0].revents == 0) continue;
      Fd from(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (broke_ < breaks_) {
        from.reset();
        ++broke_;
        continue;
      }
      Fd to(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const sockaddr_in address = here(to_);
      if (connect(to.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) led.emplace_back(std::move(from), std::move(to));
    }
  }
  static void pass_on(Fd& from, Fd& to) {
    std::array<char, 4096> bytes;
    const ssize_t came = recv(from.get(), bytes.data(), bytes.size(), 0);
    for (ssize_t sent = 0; sent < came;) {
      const ssize_t more = send(to.get(), bytes.data() + sent, static_cast<size_t>(came - sent), MSG_NOSIGNAL);
      if (more <= 0) return to.reset();
      sent += more;
    }
    if (came <= 0) from.reset();
  }

  const uint16_t to_;
  const uint32_t breaks_;
  Fd listening_;
  uint16_t port_ = 0;
  std::atomic<uint32_t> broke_ = 0;
  std::atomic<bool> shut_ = false;
  std::thread thread_;
};

/// Two systems of two processes, in one; the first finds the second behind a door.
class LinksTest : public testing::Test {
 protected:
  static constexpr uint64_t here = 11, there = 22;
  System::Options options(uint64_t process) {
    System::Options options;
    options.network = System::Network{{process, "127.0.0.1", 0, {}}};
    options.lost = [this](uint64_t lost) {
      if (!any_.exchange(true)) lost_.set_value(lost);
    };
    return options;
  }
  /// A question to an actor there.
  std::future<Expected<Envelope>> ask(const BreakingDoor& door) {
    Endpoint peer = there_.links()->self();
    peer.port = door.port();
    here_.introduce(peer);
    there_.begin(
        {"counter/1", 1}, [](Context& c) { return std::make_unique<Counter>(c); }, [](auto&, auto, auto&) {});
    here_.learn(Life::begun({"counter/1", 1}, there));
    return here_.ask("counter/1", Envelope::of<wire::Ask>(), 60s);
  }

  SystemClock clock_;
  Pool pool_{1};
  std::atomic<bool> any_ = false;
  std::promise<uint64_t> lost_;  // the first
  System here_{options(here), clock_, pool_}, there_{options(there), clock_, pool_};
};

TEST_F(LinksTest, WhatIsSaidIsHeardAlsoWhenConnectionsBreakWhileTheyAreMade) {
  BreakingDoor door(there_.links()->self().port, 4);
  auto answer = ask(door);
  ASSERT_EQ(answer.wait_for(60s), std::future_status::ready);
  EXPECT_TRUE(answer.get().has_value());
  EXPECT_EQ(door.broke(), 4u);
}

TEST_F(LinksTest, WhoeverBreaksEveryConnectionIsLost) {
  BreakingDoor door(there_.links()->self().port, 1000);
  const auto answer = ask(door);
  auto lost = lost_.get_future();
  ASSERT_EQ(lost.wait_for(60s), std::future_status::ready);
  EXPECT_EQ(lost.get(), there);
  EXPECT_EQ(door.broke(), 5u);
}

}  // namespace
}  // namespace zenops
