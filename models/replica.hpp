#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/layout.hpp"
#include "base/parameter.hpp"
#include "models/dataset.hpp"
#include "models/device.hpp"
#include "models/joint_replica.hpp"
#include "models/options.hpp"
#include "models/scores.hpp"

namespace zenops {

/// A network whose parameters and gradient are views into two flat vectors of layout().dimension() floats, so that
/// loading a model is one copy. It belongs to one thread at a time.
class Replica {
 public:
  virtual ~Replica() = default;
  virtual const Layout& layout() const = 0;
  virtual std::span<float> weights() = 0;
  virtual std::span<const float> gradient() const = 0;
  /// Mean cross entropy over the batch at weights(), with the dropout that batch.noise draws; gradient() is overwritten
  /// with its gradient, zero for buffers. Batch norms use the batch's statistics and move the running ones a tenth of the
  /// way there (unless the policy is local).
  virtual float compute_gradient(const Batch& batch) = 0;
  /// Forward only, without dropout: (answers, classes), an answer for each label, valid until the next call. Batch norms use
  /// their running statistics, with the policy local the batch's own.
  virtual std::span<const float> outputs(const Batch& batch) = 0;
  Scores evaluate(const Batch& batch) { return score(outputs(batch), batch.labels); }
};

/// What a model is made for.
struct InputShape {
  uint32_t height, width, channels, classes;
  uint32_t labels_each = 1;  // of one sample
};

/// What a model is made for that trains on these samples.
InputShape input_shape(const Samples& samples);

/// A line of the catalogue of models: listing it needs no torch.
struct ModelEntry : Description {
  std::optional<ImageSize> wants;  // the only image it takes; none: any
  /// Its blocks for this input, named and shaped as torch does it, all of them judged; the sentence of the objection
  /// otherwise. Of the parameters, what is absent takes its default.
  /// Null for torchscript: its file says.
  std::function<Expected<Layout>(const InputShape&, const Parameters&)> layout;
  bool answers_each = false;  // it gives an answer for each number of a sample, as a text wants it; else one for the sample
  /// Of a program's own model: a replica of that layout with those weights; it needs no torch. Null: torch makes it.
  std::function<std::unique_ptr<Replica>(const Layout&, std::span<const float> weights, const Parameters&)> make = {};
  /// Of the floats that are trained, buffers left out.
  Expected<size_t> parameter_count(const InputShape& shape, const Parameters& parameters = {}) const;
};

class Models {
 public:
  static Models standard();
  void add(ModelEntry entry) { entries_.push_back(std::move(entry)); }
  const std::vector<ModelEntry>& entries() const { return entries_; }
  const ModelEntry* find(std::string_view name) const;

 private:
  std::vector<ModelEntry> entries_;
};

/// A model of a program's own, as two functions that are called on any threads, each with weights of the layout.
struct PlainModel {
  /// Mean loss over the batch, and its gradient in place of what is there.
  std::function<float(std::span<const float> weights, const Batch&, std::span<float> gradient)> gradient;
  /// (answers, classes) in place of what is there; the largest is the answer.
  std::function<void(std::span<const float> weights, const Batch&, std::vector<float>& outputs)> outputs;
};
/// A line of the catalogue for it.
ModelEntry plain_model(Description description, std::function<Expected<Layout>(const InputShape&, const Parameters&)> layout,
                       std::function<PlainModel(const Layout&, const Parameters&)> make);

/// Makes replicas, all with the same weights at first: layout and initial weights are known before there is any
/// replica. The first make() loads the library that holds torch (libzenops_torch.so, beside the program or in its
/// ../lib), so that what does not train does not wait for it.
class ReplicaFactory {
 public:
  /// Throws UserError: bad_config when the model is unknown, does not take the input, or is a file that cannot be trained;
  /// bad_data for initial weights that are not this model's.
  ReplicaFactory(const ModelOptions& model, const InputShape& input, uint64_t seed, const Models& models = Models::standard());
  const Layout& layout() const { return layout_; }
  /// Those of the file that the options name, or of torchscript's own; else uniform in ± 1 / √fan-in, every block from a
  /// Philox stream of its own, and normalisations are the identity: a function of layout and seed alone.
  std::span<const float> initial_weights() const { return initial_weights_; }
  /// Thread-safe. Throws UserError (run_failed) when the library with torch is not there or does not load.
  std::unique_ptr<Replica> make(const Device& device = {}) const;
  /// Whether there is a joint replica of them: not of a program's own model nor of a TorchScript file, which add up what they find of a
  /// weight over all samples.
  bool joins() const;
  /// For up to `most` batches at a time, at the initial weights. Requires joins(); otherwise as make().
  std::unique_ptr<JointReplica> make_joint(size_t most, const Device& device = {}) const;
  /// What a thread does before its first replica of these: see prepare_training_thread(). Nothing for a model that needs no torch.
  void prepare_thread() const;

 private:
  ModelOptions model_;
  decltype(ModelEntry::make) own_;  // null: torch makes them
  Layout layout_;
  std::vector<float> initial_weights_;
};

/// What a thread does before its first replica: one intra-op thread (part of the definition of the bits), denormals
/// flushed. Loads the library with torch, as make() does.
void prepare_training_thread();

}  // namespace zenops
