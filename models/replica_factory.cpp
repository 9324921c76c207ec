#include <cmath>
#include <string>

#include "base/philox.hpp"
#include "models/replica.hpp"
#include "models/torch_library.hpp"

namespace zenops {
namespace {

// torch's default for linear and convolution layers; a bias has the fan-in of the weight before it.
std::vector<float> draw_weights(const Layout& layout, uint64_t seed) {
  std::vector<float> weights;
  weights.reserve(layout.dimension());
  double fan_in = 1;
  for (uint32_t b = 0; b < layout.blocks().size(); ++b) {
    const Block& block = layout.blocks()[b];
    if (block.shape.size() > 1) fan_in = static_cast<double>(block.size) / static_cast<double>(block.shape[0]);
    const auto bound = static_cast<float>(1 / std::sqrt(fan_in));
    Stream stream({seed, Role::model, b, Purpose::initial});
    for (size_t i = 0; i < block.size; ++i) weights.push_back((2 * stream.uniform() - 1) * bound);
  }
  return weights;
}

}  // namespace

ReplicaFactory::ReplicaFactory(const ModelOptions& model, const InputShape& input, uint64_t seed) : model_(model.name) {
  const Models models = Models::standard();
  const ModelEntry* entry = models.find(model_);
  if (!entry) {
    std::string known;
    for (const auto& e : models.entries()) known += (known.empty() ? "" : ", ") + e.name;
    throw UserError(UserError::bad_config, "model: there is no " + model_ + ", only " + known);
  }
  if (const ImageSize size{input.height, input.width, input.channels}; entry->wants && *entry->wants != size)
    throw UserError(UserError::bad_config, "model: " + model_ + " takes " + to_string(*entry->wants) +
                                               " images, the data set has " + to_string(size));
  auto layout = entry->layout(input, model.parameters);
  if (!layout) throw UserError(UserError::bad_config, "model: " + layout.error().what);
  layout_ = std::move(*layout);
  initial_weights_ = draw_weights(layout_, seed);
}

std::unique_ptr<Replica> ReplicaFactory::make() const {
  return torch_library().make_replica(model_, layout_, initial_weights_);
}

void prepare_training_thread() { torch_library().prepare_thread(); }

}  // namespace zenops
