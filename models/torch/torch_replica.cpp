#include "models/torch/torch_replica.hpp"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstring>

#include "models/torch/autocast.hpp"
#include "models/torch/batches.hpp"
#include "models/torch/device_replica.hpp"
#include "models/torch/flat.hpp"
#include "models/torch/network.hpp"

namespace zenops {
namespace {

std::span<float> floats(const at::Tensor& t) { return {t.data_ptr<float>(), static_cast<size_t>(t.numel())}; }

class TorchReplica final : public Replica {
 public:
  TorchReplica(const ModelOptions& model, const Layout& layout, std::span<const float> weights)
      : layout_(layout),
        weights_(at::empty({static_cast<int64_t>(layout.dimension())})),
        gradient_(at::zeros({static_cast<int64_t>(layout.dimension())})),
        bf16_(model.precision == Precision::bf16) {
    std::copy(weights.begin(), weights.end(), floats(weights_).begin());
    network_ = make_network(model, layout_, tensors_over(weights_, gradient_, layout_));
  }

  const Layout& layout() const override { return layout_; }
  std::span<float> weights() override { return floats(weights_); }
  std::span<const float> gradient() const override { return floats(gradient_); }

  float compute_gradient(const Batch& batch) override {
    std::memset(gradient_.data_ptr(), 0, gradient_.nbytes());
    const auto loss = at::cross_entropy_loss(answers(batch, true), labels_of(batch));
    loss.backward();
    return loss.item<float>();
  }

  std::span<const float> outputs(const Batch& batch) override {
    const c10::InferenceMode no_gradient;
    outputs_ = answers(batch, false).contiguous();
    return floats(outputs_);
  }

 private:
  /// In float, whatever the network computes in.
  at::Tensor answers(const Batch& batch, bool training) {
    const Autocast autocast(at::kCPU, bf16_);
    const auto x = inputs_of(batch);
    return (training ? network_->train(x, batch.noise) : network_->evaluate(x)).to(at::kFloat);
  }

  Layout layout_;
  at::Tensor weights_, gradient_, outputs_;
  const bool bf16_;
  std::unique_ptr<Network> network_;
};

}  // namespace

std::unique_ptr<Replica> make_torch_replica(const ModelOptions& model, const Layout& layout, std::span<const float> weights,
                                            const Device& device) {
  if (device.kind != Device::Kind::cores) return make_device_replica(model, layout, weights, device);
  return std::make_unique<TorchReplica>(model, layout, weights);
}

}  // namespace zenops
