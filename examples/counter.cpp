// One actor, in a process of its own when it is run with --processes.
#include <cstdio>
#include <zenops/zenops.hpp>

#include "wire/counter.capnp.h"

using namespace zenops;
using namespace counting;

class Counter : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}
        .on<Increment>(anybody, [this](const Msg<Increment>& m) { value_ += m->getBy(); })
        .answer<Get, Total>(anybody, [this](const Msg<Get>&, Total::Builder out) { out.setValue(value_); });
  }

 private:
  int64_t value_ = 0;
};

int main(int argc, char** argv) {
  Program program("counter");
  program.add<Counter>("Counter");
  return program.run(argc, argv, [](Cluster& cluster) {
    const auto counter = cluster.spawn("Counter", "counter/0");
    for (int k = 0; k < 10; ++k) counter.tell(Envelope::of<Increment>([](Increment::Builder i) { i.setBy(1); }));
    const auto total = counter.ask<Total>(Envelope::of<Get>()).get();
    if (!total) return std::fprintf(stderr, "%s\n", total.error().what.c_str()), 1;
    std::printf("%ld\n", static_cast<long>((*total)->getValue()));
    return 0;
  });
}
