#pragma once
#include <condition_variable>
#include <mutex>
#include <sstream>

#include "actors/wire/operator.capnp.h"
#include "actors/wire/training.capnp.h"
#include "cli/repl/shell.hpp"
#include "runtime/system.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops::repl {

/// What the actors of a theatre share, and a test looks into.
struct Stage {
  std::mutex mutex;
  std::vector<std::string> told;  // "5: SetLr 0.05": in which round it was heard, and what
  uint32_t round = 0, rounds = 60, workers = 3;
  std::string phase = "ready";
  bool restless = false;  // a round passes with every order, as if the run trained on meanwhile
  std::map<std::string, std::string> causes;
  std::string refusal;  // what every order is answered with instead; empty: it is taken

  void hear(const std::string& what) { told.push_back(std::to_string(round) + ": " + what); }
  std::vector<std::string> all() {
    std::lock_guard lock(mutex);
    return told;
  }
};

/// A scheduler that trains nothing and writes down what it is told.
class FakeScheduler final : public Actor {
 public:
  FakeScheduler(Context& context, Stage& stage) : Actor(context), stage_(stage) {}
  Behavior handlers() override;

 private:
  void order(const std::string& what);
  void stand();
  Stage& stage_;
};

/// A head of one process.
class FakeHead final : public Actor {
 public:
  FakeHead(Context& context, Stage& stage, System& system) : Actor(context), stage_(stage), system_(system) {}
  Behavior handlers() override;

 private:
  Stage& stage_;
  System& system_;
};

/// Answers Evaluate with Held.
class FakeWorker final : public Actor {
 public:
  FakeWorker(Context& context, Stage& stage) : Actor(context), stage_(stage) {}
  Behavior handlers() override;

 private:
  Stage& stage_;
};

class FakeConnection final : public Connection {
 public:
  explicit FakeConnection(std::shared_ptr<Speaker> speaker) : speaker_(std::move(speaker)) {}
  std::string what() const override { return "a theatre"; }
  std::shared_ptr<Speaker> speaker() override { return end ? nullptr : speaker_; }
  Expected<void> spawn(const SpawnOrder& order) override {
    spawned.push_back(order);
    return {};
  }
  std::optional<std::string> ended() override {
    if (rounds_left > 0 && --rounds_left == 0) end = "the run has ended";
    return end;
  }
  std::vector<std::string> news() override { return std::exchange(lines, {}); }
  bool ends_with_us() const override { return own; }
  Farewell leave() override { return farewell; }

  std::vector<SpawnOrder> spawned;
  std::vector<std::string> lines;
  std::optional<std::string> end;
  int rounds_left = 0;  // how often it is asked for its end until that comes; 0: it does not
  bool own = false;
  Farewell farewell;

 private:
  std::shared_ptr<Speaker> speaker_;
};

/// A scheduler, a head and three workers in this process, and a shell that speaks to them.
class Theatre {
 public:
  explicit Theatre(bool interactive = false);
  /// Runs commands as a script called "test.zen"; returns the exit code.
  int run(const std::string& text) { return shell.run(text, "test.zen"); }
  /// What it has printed since the last call.
  std::string printed() { return take(out); }
  std::string complained() { return take(err); }

  Stage stage;
  SystemClock clock;
  Pool pool{1};
  System system{{}, clock, pool};
  Catalogue catalogue;
  Attention attention;
  FakeConnection connection{system.outside()};
  std::ostringstream out, err;
  Session session;
  Shell shell{session, err};

 private:
  static std::string take(std::ostringstream& stream) {
    std::string text = stream.str();
    stream.str("");
    return text;
  }
};

}  // namespace zenops::repl
