#include "models/launching.hpp"

#include "models/torch_library.hpp"

namespace zenops {

std::unique_ptr<Replica> make_launching_replica(const ModelOptions& model, const ReplicaFactory& factory,
                                                const Device& device) {
  ModelOptions whole = model;
  whole.parameters = with_defaults(*Models::standard().find(model.name), model.parameters);
  return torch_library().make_launching_replica(whole, factory.layout(), factory.initial_weights(), device);
}

}  // namespace zenops
