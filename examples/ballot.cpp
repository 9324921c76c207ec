// Actors without any training: five voters, one of which lies and one of which falls. Links zenops::runtime and nothing
// else.
#include <cstdio>
#include <zenops/system.hpp>

#include "wire/ballot.capnp.h"

namespace {

using namespace std::chrono_literals;
using namespace zenops;
using example::Ask, example::Learn, example::Stumble, example::Vote;

class Voter : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}
        .on<Learn>(the_operator, [this](const Msg<Learn>& m) { sum_ += m->getFact(); })
        .on<Ask>(the_operator, [this](const Msg<Ask>&) { context().reply(answer()); })
        .on<Stumble>(the_operator, [](const Msg<Stumble>&) { throw std::runtime_error("it stumbled"); });
  }

 private:
  Envelope answer() {
    if (context().self().name == "voter/4") return Envelope::of<Ask>();  // no vote at all
    return Envelope::of<Vote>([this](Vote::Builder out) { out.setSum(sum_); });
  }
  int64_t sum_ = 0;
};

}  // namespace

int main() {
  SystemClock clock;
  Pool pool(1);
  System system({}, clock, pool);
  for (int k = 0; k < 5; ++k)
    system.spawn("voter/" + std::to_string(k), [](Context& context) { return std::make_unique<Voter>(context); }, {});

  const OutsideMesh voters(system, *Names::parse("voter[0..4]"), {.within = 5s});
  voters.tell(Envelope::of<Learn>([](Learn::Builder out) { out.setFact(7); }));

  // The first three of five: who is slow or lies does not matter.
  const auto votes = voters.ask_first<Vote>(3, Envelope::of<Ask>()).get();
  for (const auto& [who, vote] : votes.answers) std::printf("%ld ", static_cast<long>(vote->getSum()));

  const auto all = voters.ask_all<Vote>(Envelope::of<Ask>()).get();
  for (const auto& [who, error] : all.errors) std::printf("\n%s", error.what.c_str());

  // One that falls comes back under its name, with its state begun afresh; a question that may be heard twice finds it
  // there.
  voters[0].tell(Envelope::of<Stumble>());
  const auto voter = voters[0].with({.within = 5s, .retry = idempotent(2)});
  const auto vote = voter.ask<Vote>(Envelope::of<Ask>()).get();
  if (!vote) return std::fprintf(stderr, "%s\n", vote.error().what.c_str()), 1;
  std::printf("\n%s#%u says %ld\n", voter.name().c_str(), voter.incarnation(), static_cast<long>((*vote)->getSum()));
}
