#pragma once
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "actors/wire/async.capnp.h"
#include "actors/wire/collusion.capnp.h"
#include "actors/wire/survival.capnp.h"
#include "actors/wire/training.capnp.h"
#include "runtime/system.hpp"

namespace zenops {

/// Says what the test says, and keeps what it is told.
class Puppet final : public Actor {
 public:
  struct Strings {
    std::mutex mutex;
    std::condition_variable heard;
    std::deque<std::pair<std::string, Envelope>> say;  // to whom
    std::deque<Envelope> told;
  };
  Puppet(Context& context, Strings& strings) : Actor(context), strings_(strings) {}
  Behavior handlers() override {
    auto keep = [this](const auto& m) {
      std::lock_guard lock(strings_.mutex);
      strings_.told.push_back(m.envelope());
      strings_.heard.notify_all();
    };
    return Behavior{}
        .on<wire::Start>(the_operator,
                         [this](const Msg<wire::Start>&) {
                           std::lock_guard lock(strings_.mutex);
                           for (auto& [to, envelope] : strings_.say) context().tell(to, std::move(envelope));
                           strings_.say.clear();
                         })
        .on<wire::Measured>(anybody, keep)
        .on<wire::Parameters>(anybody, keep)
        .on<wire::Committed>(anybody, keep)
        .on<wire::Refused>(anybody, keep)
        .on<wire::Pull>(anybody, keep)
        .on<wire::Push>(anybody, keep)
        .on<wire::Skip>(anybody, keep)
        .on<wire::Worked>(anybody, keep)
        .on<wire::Consult>(anybody, keep)
        .on<wire::Evaluate>(anybody, keep)
        .on<wire::Lie>(anybody, keep)
        .on<wire::Uninformed>(anybody, keep)
        .on<wire::Saved>(anybody, keep)
        .on<wire::Restored>(anybody, keep);
  }

 private:
  Strings& strings_;
};

/// A system in which everybody but one, shard/0 unless `tested` says another, is played by the test.
class PuppetsTest : public testing::Test {
 protected:
  void spawn(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      Puppet::Strings& strings = puppets_[name];  // here: the actors are made on other threads
      system_.spawn(
          name, [&strings](Context& c) { return std::make_unique<Puppet>(c, strings); }, RestartSpec::never());
    }
  }
  explicit PuppetsTest(std::string tested = "shard/0", std::unique_ptr<Clock> clock = std::make_unique<SystemClock>())
      : tested_(std::move(tested)), clock_(std::move(clock)) {}
  void say(const std::string& name, Envelope envelope) {
    {
      std::lock_guard lock(puppets_[name].mutex);
      puppets_[name].say.emplace_back(tested_, std::move(envelope));
    }
    system_.tell(name, Envelope::of<wire::Start>());
  }
  /// The next that the puppet is told.
  Envelope told(const std::string& name) {
    auto& strings = puppets_[name];
    std::unique_lock lock(strings.mutex);
    EXPECT_TRUE(strings.heard.wait_for(lock, std::chrono::seconds(60), [&] { return !strings.told.empty(); })) << name;
    if (strings.told.empty()) return {};
    Envelope first = strings.told.front();
    strings.told.pop_front();
    return first;
  }
  const std::string tested_;
  std::map<std::string, Puppet::Strings> puppets_;
  const std::unique_ptr<Clock> clock_;
  Pool pool_{2};
  System system_{{}, *clock_, pool_};
};

}  // namespace zenops
