#pragma once
#include "actors/catalogue.hpp"
#include "actors/learner.hpp"
#include "actors/training.hpp"
#include "tests/actors/blobs.hpp"

namespace zenops {

/// What a run of `options` trains on, made as the run makes it, for tests that take its steps by hand.
struct Ground {
  explicit Ground(const TrainingOptions& options, const Catalogue& catalogue = {}) {
    training.data =
        std::make_shared<const Dataset>(load_data(options, catalogue));
    const Samples& train = training.data->train;
    training.partition = std::make_shared<const Partition>(share_out(options, train));
    const ReplicaFactory factory(options.model, input_shape(train),
                                 options.seed);
    training.layout = factory.layout();
    training.optimizer = std::make_shared<const Optimizer>(options.train.optimizer, training.layout);
    training.send = options.train.send;
    training.replicas = std::make_shared<Replicas>(factory, 1);
    training.rows = std::make_shared<Rows>();
    initial = training.rows->make(training.layout.dimension());
    std::ranges::copy(factory.initial_weights(), initial.mutable_view().begin());
  }
  Learner learner(const TrainingOptions& o, Role role, uint32_t index) const {
    return {training, role, index, o.seed, o.data.batch, o.train.local_steps};
  }

  TrainingGround training;
  Row initial;
};

}  // namespace zenops
