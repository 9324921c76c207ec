#include "actors/evaluator.hpp"

#include <numeric>

#include "actors/wire/compose.hpp"
#include "actors/wire/door.hpp"

namespace zenops {

Evaluator::Evaluator(Context& context, TrainingGround ground, uint32_t shards)
    : Actor(context), ground_(std::move(ground)), gathering_(shards) {
  for (uint32_t s = 0; s < shards; ++s) ranges_.push_back(ground_.layout.shard(s, shards));
}

Behavior Evaluator::handlers() {
  return Behavior{}
      .on<wire::Evaluate>(From{"scheduler"}, [this](const Msg<wire::Evaluate>& m) { evaluate(m); })
      .on<wire::Parameters>(From{"shard/"}, [this](const Msg<wire::Parameters>& m) { parameters(m); });
}

void Evaluator::evaluate(const Msg<wire::Evaluate>& evaluate) {
  version_ = evaluate->getVersion();
  gathering_.begin(version_);
  for (uint32_t s = 0; s < ranges_.size(); ++s)
    context().tell(nth("shard", s), Envelope::of<wire::Pull>([this](wire::Pull::Builder pull) { pull.setVersion(version_); }));
}

void Evaluator::parameters(const Msg<wire::Parameters>& parameters) {
  const uint32_t shard = parameters->getShard();
  if (shard >= ranges_.size()) return;
  auto part = door::admit(parameters, ranges_[shard]);
  if (part && gathering_.offer(parameters->getVersion(), shard, std::move(*part))) run(gathering_.take());
}

void Evaluator::run(std::vector<Row> parameters) {
  static constexpr size_t chunk = 500;  // fixed, and added up in order: the same bits on any number of threads
  const size_t count = ground_.data->test.count(), chunks = (count + chunk - 1) / chunk;
  auto scores = std::make_shared<std::vector<Scores>>(chunks);
  context().for_each(
      chunks,
      [ground = ground_, parameters = std::move(parameters), scores, count](size_t c, int thread) {
        auto& [replica, batch, indices] = ground.replicas->at(thread);
        copy_parts(parameters, replica->weights());
        indices.resize(std::min(chunk, count - c * chunk));
        std::iota(indices.begin(), indices.end(), static_cast<uint32_t>(c * chunk));
        gather(ground.data->test, indices, batch);
        (*scores)[c] = replica->evaluate(batch);
      },
      [this, scores, version = version_] {
        Scores all;
        for (const Scores& s : *scores) {
          all.loss += s.loss;
          all.correct += s.correct;
          all.count += s.count;
        }
        context().tell("scheduler", Envelope::of<wire::Evaluated>([&](wire::Evaluated::Builder out) {
                         const double n = static_cast<double>(std::max<uint64_t>(all.count, 1));
                         out.setVersion(version);
                         out.setLoss(all.loss / n);
                         out.setAccuracy(static_cast<double>(all.correct) / n);
                       }));
      });
}

}  // namespace zenops
