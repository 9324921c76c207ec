#include <algorithm>

#include "models/replica.hpp"

namespace zenops {
namespace {

class PlainReplica final : public Replica {
 public:
  PlainReplica(const Layout& layout, std::span<const float> weights, PlainModel model)
      : layout_(layout),
        model_(std::move(model)),
        weights_(weights.begin(), weights.end()),
        gradient_(weights.size()) {}
  const Layout& layout() const override { return layout_; }
  std::span<float> weights() override { return weights_; }
  std::span<const float> gradient() const override { return gradient_; }
  float compute_gradient(const Batch& batch) override {
    std::ranges::fill(gradient_, 0.0f);
    return model_.gradient(weights_, batch, gradient_);
  }
  std::span<const float> outputs(const Batch& batch) override {
    model_.outputs(weights_, batch, outputs_);
    return outputs_;
  }

 private:
  const Layout layout_;
  const PlainModel model_;
  std::vector<float> weights_, gradient_, outputs_;
};

}  // namespace

ModelEntry plain_model(Description description,
                       std::function<Expected<Layout>(const InputShape&, const Parameters&)> layout,
                       std::function<PlainModel(const Layout&, const Parameters&)> make) {
  ModelEntry entry{std::move(description), std::nullopt, std::move(layout)};
  entry.make = [make = std::move(make)](const Layout& its, std::span<const float> weights,
                                        const Parameters& parameters) {
    return std::make_unique<PlainReplica>(its, weights, make(its, parameters));
  };
  return entry;
}

}  // namespace zenops
