#pragma once
#include <algorithm>

#include "actors/gathering.hpp"
#include "actors/trainee.hpp"
#include "actors/wire/compose.hpp"
#include "actors/wire/survival.capnp.h"
#include "tests/simulation/books.hpp"

/// Who stands in where a real trainee would compute: rows and parameters here are numbers that the books can foresee.
namespace zenops::simulation {

/// A worker whose rows follow from who it is and how often it has trained.
class Known final : public Trainee {
 public:
  Known(Context& context, Books& books, Layout layout, uint32_t shards, double skips)
      : Trainee(context, std::move(layout), shards), books_(books), skips_(skips) {}
  Behavior handlers() override {
    return Trainee::handlers()
        .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) { open(m); })
        .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); })
        .on<wire::Refused>(From{"shard/"}, [](const Msg<wire::Refused>&) {});
  }

 private:
  void train(uint32_t step, float, std::vector<Row> parameters) override {
    const Address self = context().self();
    books_.trains(to_string(self), number(), step, parameters);
    const uint32_t worker = index_of(self.name);
    context().offload(
        [worker, memory = memory_](int) {
          ++*memory;
          return *memory - 1;
        },
        [this, self, worker, step](uint32_t memory) {
          if (Dice(worker, step).chance(skips_)) return trained(step, 0, 0);
          const auto numbers = books_.row(worker, self.incarnation, step, memory);
          Row row(std::shared_ptr<float[]>(new float[numbers.size()]), 0, numbers.size());
          std::ranges::copy(numbers, row.mutable_view().begin());
          books_.made(worker, self.incarnation, step, numbers);
          trained(step, row, std::vector<bool>(layout().blocks().size(), true), 0, 0);
        });
  }
  std::function<ActorState()> saving() override {
    return [memory = memory_] {
      ActorState state;
      Row row(std::shared_ptr<float[]>(new float[1]), 0, 1);
      row.mutable_view()[0] = static_cast<float>(*memory);
      state.tensors["memory"] = row;
      return state;
    };
  }
  void restore(const ActorState& state, std::optional<AttackOptions>) override {
    const Row row = state.tensor("memory");
    *memory_ = row.empty() ? 0 : static_cast<uint32_t>(row.view()[0]);
  }
  Books& books_;
  const double skips_;
  std::shared_ptr<uint32_t> memory_ = std::make_shared<uint32_t>(0);
};

/// In the evaluator's place: takes every version, as Trainee would take it, and has it for shards that lost theirs.
class Taker final : public Actor {
 public:
  Taker(Context& context, uint32_t shards) : Actor(context), shards_(shards), gathering_(shards) {}
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Evaluate>(
            From{"scheduler"},
            [this](const Msg<wire::Evaluate>& m) {
              version_ = m->getVersion();
              round_ = m->getRound();
              gathering_.begin(version_);
              for (uint32_t s = 0; s < shards_; ++s)
                context().tell(nth("shard", s),
                               Envelope::of<wire::Pull>([this](wire::Pull::Builder out) { out.setVersion(version_); }));
            })
        .on<wire::Parameters>(
            From{"shard/"},
            [this](const Msg<wire::Parameters>& m) {
              if (!gathering_.offer(m->getVersion(), m->getShard(), m.rows()[0])) return;
              parts_ = gathering_.take();
              has_ = version_;
              context().tell("scheduler",
                             Envelope::of<wire::Held>([this](wire::Held::Builder out) { out.setRound(round_); }));
              context().after(ms(20), [this, round = round_] {
                context().tell("scheduler", Envelope::of<wire::Evaluated>(
                                                [&](wire::Evaluated::Builder out) { out.setRound(round); }));
              });
            })
        .on<wire::Recall>(From{"scheduler"}, [this](const Msg<wire::Recall>& m) {
          const bool here = !parts_.empty() && m->getVersion() == has_;
          context().tell("scheduler", recalled(m->getTicket(), here ? parts_[m->getShard()] : Row{}));
        });
  }

 private:
  const uint32_t shards_;
  Gathering gathering_;
  uint32_t version_ = 0, round_ = 0, has_ = 0;
  std::vector<Row> parts_;
};

}  // namespace zenops::simulation
