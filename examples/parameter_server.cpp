// A parameter server of one's own, without any of the training that zenops has: a server and two workers, each in a
// process, fit a line. In the middle the server's process is killed; its next life goes on with the weights that it has
// kept.
#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <zenops/zenops.hpp>

#include "wire/parameter_server.capnp.h"

using namespace std::chrono_literals;
using namespace zenops;

namespace {

class Server : public Actor {
 public:
  explicit Server(Context& context) : Actor(context) {
    if (const auto kept = context.kept()) {
      version_ = Msg<ps::Weights>(*kept)->getVersion();
      weights_ = kept->rows[0];
    } else {
      weights_ = rows_.make(2);
      weights_.mutable_view()[0] = weights_.mutable_view()[1] = 0;
    }
  }
  Behavior handlers() override {
    return Behavior{}
        .on<ps::Pull>(anybody, [this](const Msg<ps::Pull>&) { context().reply(now()); })
        .on<ps::Push>({"worker/"}, [this](const Msg<ps::Push>& m) { step(m.rows()); });
  }

 private:
  void step(std::span<const Row> rows) {
    if (rows.size() != 1 || rows[0].size() != 2) return;  // that is no gradient: whoever sent it waits in vain
    Row next = rows_.make(2);                             // those who have pulled the old weights still read them
    for (size_t k = 0; k < 2; ++k) next.mutable_view()[k] = weights_.view()[k] - 0.1f * rows[0].view()[k];
    weights_ = next;
    ++version_;
    // The answer says that this step will not be lost.
    context().keep(now(), [this, reply = context().replier()](const Expected<void>& kept) {
      reply(kept ? now() : failure(kept.error()));
    });
  }
  Envelope now() const {
    return Envelope::of<ps::Weights>(
        [this](ps::Weights::Builder out) {
          out.setVersion(version_);
          out.setPid(static_cast<uint32_t>(getpid()));
        },
        {weights_});
  }

  Rows rows_{context().memory()};
  Row weights_;
  uint64_t version_ = 0;
};

class Worker : public Actor {
 public:
  explicit Worker(Context& context) : Actor(context), random_(context.self().name.back()) {}
  Behavior handlers() override {
    return Behavior{}.on<ps::Work>(the_operator, [this](const Msg<ps::Work>& m) {
      left_ = m->getSteps();
      reply_ = context().replier();
      pull();
    });
  }

 private:
  void pull() {
    server_.ask<ps::Weights>(Envelope::of<ps::Pull>(), [this](const Expected<Answer<ps::Weights>>& weights) {
      if (!weights) return give_up(weights.error());
      push(weights->rows()[0].view());
    });
  }
  /// The gradient of the mean of (w0 + w1 x − y)² over some points of y = 3 − 2 x.
  void push(std::span<const float> w) {
    std::uniform_real_distribution<float> draw(-1, 1);
    Row gradient = rows_.make(2);
    gradient.mutable_view()[0] = gradient.mutable_view()[1] = loss_ = 0;
    for (int k = 0; k < 32; ++k) {
      const float x = draw(random_), error = w[0] + w[1] * x - (3 - 2 * x);
      gradient.mutable_view()[0] += 2 * error / 32;
      gradient.mutable_view()[1] += 2 * error * x / 32;
      loss_ += error * error / 32;
    }
    server_.ask<ps::Weights>(Envelope::of<ps::Push>([](auto) {}, {gradient}),
                             [this](const Expected<Answer<ps::Weights>>& done) {
                               if (!done) return give_up(done.error());
                               if (--left_ > 0) return pull();
                               reply_(Envelope::of<ps::Done>([this](ps::Done::Builder out) {
                                 out.setLoss(loss_);
                                 out.setPid(static_cast<uint32_t>(getpid()));
                               }));
                             });
  }
  void give_up(const Error& error) { throw std::runtime_error(error.what); }

  // A gradient that is heard twice does no harm.
  const Ref server_{context(), "server", {.within = 20s, .retry = idempotent(5)}};
  Rows rows_{context().memory()};
  std::mt19937 random_;
  uint32_t left_ = 0;
  float loss_ = 0;
  Context::Reply reply_;
};

int train(Cluster& cluster) {
  const auto server = cluster.spawn("Server", "server");
  const auto workers = cluster.spawn("Worker", *Names::parse("worker[0..1]"));
  cluster.on_down(
      [](const Life& life) { std::printf("%s fell: %s\n", to_string(life.who).c_str(), life.cause.c_str()); });
  const Envelope work = Envelope::of<ps::Work>([](ps::Work::Builder out) { out.setSteps(100); });

  auto first = workers.ask_all<ps::Done>(work).get();
  const auto before = server.ask<ps::Weights>(Envelope::of<ps::Pull>()).get();
  if (!first.enough() || !before) return std::fprintf(stderr, "the first hundred steps failed\n"), 1;
  auto second = workers.ask_all<ps::Done>(work);
  if ((*before)->getPid() != static_cast<uint32_t>(getpid())) kill(static_cast<pid_t>((*before)->getPid()), SIGKILL);
  const auto done = second.get();
  for (const auto& [who, error] : done.errors) std::fprintf(stderr, "%s: %s\n", who.c_str(), error.what.c_str());
  if (!done.enough()) return 1;

  const auto after =
      server.with({.within = 20s, .retry = idempotent(5)}).ask<ps::Weights>(Envelope::of<ps::Pull>()).get();
  if (!after) return std::fprintf(stderr, "%s\n", after.error().what.c_str()), 1;
  const auto w = after->rows()[0].view();
  std::printf("%s#%u after %s: y = %.2f + %.2f x\n", server.name().c_str(), server.incarnation(),
              (*after)->getVersion() >= 400 ? "400 steps" : "too few steps", w[0], w[1]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Program program("parameter_server");
  program.add<Server>("Server").add<Worker>("Worker");
  return program.run(argc, argv, train);
}
