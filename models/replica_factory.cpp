#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

#include "base/philox.hpp"
#include "models/plain_loop.hpp"
#include "models/replica.hpp"
#include "models/torch_library.hpp"
#include "models/weights.hpp"

namespace zenops {
namespace {

// As torch does it: linear and convolution layers uniformly, a bias with the fan-in of the weight before it; a
// normalisation as the identity. Its scale is the only weight that is a vector.
std::vector<float> draw_weights(const Layout& layout, uint64_t seed) {
  std::vector<float> weights;
  weights.reserve(layout.dimension());
  double fan_in = 1;
  bool of_normalisation = false;
  for (uint32_t b = 0; b < layout.blocks().size(); ++b) {
    const Block& block = layout.blocks()[b];
    const bool vector = block.shape.size() == 1;
    if (block.name.ends_with("weight")) of_normalisation = vector;
    if (block.buffer || of_normalisation) {
      const bool one = block.name.ends_with("weight") || block.name.ends_with("running_var");
      weights.insert(weights.end(), block.size, one ? 1.0f : 0.0f);
      continue;
    }
    if (!vector) fan_in = static_cast<double>(block.size) / static_cast<double>(block.shape[0]);
    const auto bound = static_cast<float>(1 / std::sqrt(fan_in));
    Stream stream({seed, Role::model, b, Purpose::initial});
    for (size_t i = 0; i < block.size; ++i) weights.push_back((2 * stream.uniform() - 1) * bound);
  }
  return weights;
}

/// The layout whose buffers travel as the policy wants it.
Layout exchanged(const Layout& layout, BatchNormPolicy policy) {
  auto blocks = layout.blocks();
  for (Block& block : blocks) {
    if (!block.buffer) continue;
    switch (policy) {
      case BatchNormPolicy::validator:
        block.exchange = Exchange::trusted;
        break;
      case BatchNormPolicy::average:
        block.exchange = Exchange::judged;
        break;
      case BatchNormPolicy::local:
        block.exchange = Exchange::none;
        break;
    }
  }
  return Layout(std::move(blocks));
}

std::string answered(uint32_t answers) { return answers == 1 ? "one answer" : std::to_string(answers) + " answers"; }

Expected<Scripted> built_in(const ModelEntry& entry, const InputShape& input, const Parameters& parameters,
                            uint64_t seed) {
  return entry.layout(input, parameters).map([&](const Layout& layout) {
    return Scripted{layout, draw_weights(layout, seed)};
  });
}

}  // namespace

InputShape input_shape(const Samples& samples) {
  const ImageSize size = samples.size();
  return {size.height, size.width, size.channels, samples.classes, samples.labels_each};
}

ReplicaFactory::ReplicaFactory(const ModelOptions& model, const InputShape& input, uint64_t seed, const Models& models)
    : model_(model) {
  const ModelEntry* entry = models.find(model_.name);
  if (!entry) {
    std::string known;
    for (const auto& e : models.entries()) known += (known.empty() ? "" : ", ") + e.name;
    throw UserError(UserError::bad_config, "model: there is no " + model_.name + ", only " + known);
  }
  if (const ImageSize size{input.height, input.width, input.channels}; entry->wants && *entry->wants != size)
    throw UserError(UserError::bad_config, "model: " + model_.name + " takes " + to_string(*entry->wants) +
                                               " images, the data set has " + to_string(size));
  model_.parameters = with_defaults(*entry, model_.parameters);
  own_ = entry->make;
  auto made = entry->layout ? built_in(*entry, input, model_.parameters, seed)
                            : torch_library().read_script(model_.file, input);
  if (!made) throw UserError(UserError::bad_config, "model: " + made.error().what);
  const uint32_t answers = entry->answers_each ? input.height * input.width * input.channels : 1;
  if (entry->layout && input.labels_each != answers)
    throw UserError(UserError::bad_config, "model: " + model_.name + " gives " + answered(answers) +
                                               " for a sample, the data set has " + std::to_string(input.labels_each) +
                                               (input.labels_each == 1 ? " label" : " labels"));
  layout_ = exchanged(made->layout, model_.batch_norm);
  initial_weights_ = model.init.empty() ? std::move(made->weights) : load_weights(model.init, layout_);
  if (!entry->layout && layout_.has(Exchange::none))
    throw UserError(UserError::bad_config,
                    "model: batch_norm: found local, which a TorchScript file with statistics of "
                    "its own cannot do; expected validator or average");
}

std::unique_ptr<Replica> ReplicaFactory::make(const Device& device) const {
  if (own_) return own_(layout_, initial_weights_, model_.parameters);
  return torch_library().make_replica(model_, layout_, initial_weights_, device);
}

bool ReplicaFactory::joins() const { return !own_ && model_.name != scripted_model; }

std::unique_ptr<JointReplica> ReplicaFactory::make_joint(size_t most, const Device& device) const {
  assert(joins());
  auto joint = torch_library().make_joint_replica(model_, layout_, most, device);
  std::ranges::copy(initial_weights_, joint->weights().begin());
  return joint;
}

void ReplicaFactory::prepare_thread() const {
  if (!own_) prepare_training_thread();
}

std::unique_ptr<PlainLoop> make_plain_loop(const PlainStart& start) { return torch_library().make_plain_loop(start); }

void prepare_training_thread() { torch_library().prepare_thread(); }

}  // namespace zenops
