#include "models/torch/device_replica.hpp"

#include <ATen/ops/cross_entropy_loss.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "models/torch/autocast.hpp"
#include "models/torch/flat.hpp"
#include "models/torch/network.hpp"
#include "models/torch/prepared.hpp"

namespace zenops {
namespace {

class DeviceReplica final : public Replica {
 public:
  /// To be made in that stream, on that device.
  DeviceReplica(const ModelOptions& model, const Layout& layout, std::span<const float> weights, const Device& device,
                const DeviceStream& stream, bool records)
      : layout_(layout),
        stream_(stream),
        weights_({static_cast<int64_t>(layout.dimension())}, device),
        gradient_({static_cast<int64_t>(layout.dimension())}, device),
        buffers_(buffers_of(layout)),
        shapes_(device, records),
        where_(torchs(device)),
        bf16_(model.precision == Precision::bf16),
        network_(make_network(model, layout_, tensors_over(weights_.there(), gradient_.there(), layout_))) {
    std::ranges::copy(weights, weights_.here().begin());
  }

  const Layout& layout() const override { return layout_; }
  std::span<float> weights() override { return weights_.here(); }
  std::span<const float> gradient() const override { return gradient_.here(); }

  float compute_gradient(const Batch& batch) override {
    return stream_.with([&] { return gradient_of(batch); });
  }

  std::span<const float> outputs(const Batch& batch) override {
    outputs_ = stream_.with([&] {
      const Prepared& on = prepare(batch);  // not among what is of no use for gradients: the next batch of this shape may be trained on
      const c10::InferenceMode no_gradient;
      return answers(on, nullptr).to(at::kCPU).contiguous();
    });
    return {outputs_.data_ptr<float>(), static_cast<size_t>(outputs_.numel())};
  }

 private:
  float gradient_of(const Batch& batch) {
    Prepared& on = prepare(batch);
    on.repeated().run(
        [this, &on, noise = batch.noise] {
          gradient_.there().zero_();
          const auto loss = at::cross_entropy_loss(answers(on, &noise), on.labels());
          loss.backward();
          on.losses().copy_(loss.detach());
        },
        [this] { return !network_->drew(); });
    gradient_.fetch();
    weights_.fetch(0, buffers_.first, buffers_.count);
    return on.losses().item<float>();
  }

  Prepared& prepare(const Batch& batch) {
    Prepared& on = shapes_.of(batch, 1);
    weights_.send();
    const Batch* one = &batch;
    on.load({&one, 1});
    return on;
  }
  /// In float, whatever the network computes in; with noise, in training.
  at::Tensor answers(const Prepared& on, const StreamName* noise) {
    const Autocast autocast(where_.type(), bf16_);
    return (noise ? network_->train(on.inputs(), *noise) : network_->evaluate(on.inputs())).to(at::kFloat);
  }

  const Layout layout_;
  const DeviceStream stream_;
  const Flat weights_, gradient_;
  const Tail buffers_;
  Shapes shapes_;
  at::Tensor outputs_;
  const at::Device where_;
  const bool bf16_;
  const std::unique_ptr<Network> network_;
};

std::unique_ptr<Replica> make(const ModelOptions& model, const Layout& layout, std::span<const float> weights, const Device& device,
                              bool records) {
  const DeviceStream stream(device);
  return stream.with([&] { return std::make_unique<DeviceReplica>(model, layout, weights, device, stream, records); });
}

}  // namespace

std::unique_ptr<Replica> make_device_replica(const ModelOptions& model, const Layout& layout, std::span<const float> weights,
                                             const Device& device) {
  return make(model, layout, weights, device, true);
}

std::unique_ptr<Replica> make_launching_replica(const ModelOptions& model, const Layout& layout, std::span<const float> weights,
                                                const Device& device) {
  return make(model, layout, weights, device, false);
}

}  // namespace zenops
