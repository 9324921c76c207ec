#include "models/torch/torch_replica.hpp"

#include <ATen/autocast_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "models/torch/network.hpp"

namespace zenops {
namespace {

std::span<float> floats(const at::Tensor& t) { return {t.data_ptr<float>(), static_cast<size_t>(t.numel())}; }

at::Tensor labels_of(const Batch& batch) {
  return at::from_blob(const_cast<int64_t*>(batch.labels.data()), {static_cast<int64_t>(batch.labels.size())},
                       at::kLong);
}

// Height × width × channels in memory, seen as torch wants to see it: 1.6 times faster than torch's own order, and
// contiguous(ChannelsLast) would leave one-channel images in the slow one.
at::Tensor inputs_of(const Batch& batch) {
  return at::from_blob(const_cast<float*>(batch.inputs.data()), {batch.size, batch.height, batch.width, batch.channels},
                       at::kFloat)
      .permute({0, 3, 1, 2});
}

/// Products in bfloat16 while it lives, if wanted; a state of the thread.
class Autocast {
 public:
  explicit Autocast(bool wanted) : wanted_(wanted) {
    if (wanted_) at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Autocast() {
    if (wanted_) at::autocast::set_autocast_enabled(at::kCPU, false);
  }
  Autocast(const Autocast&) = delete;

 private:
  bool wanted_;
};

class TorchReplica final : public Replica {
 public:
  TorchReplica(const ModelOptions& model, const Layout& layout, std::span<const float> weights)
      : layout_(layout),
        weights_(at::empty({static_cast<int64_t>(layout.dimension())})),
        gradient_(at::zeros({static_cast<int64_t>(layout.dimension())})),
        bf16_(model.precision == Precision::bf16) {
    std::copy(weights.begin(), weights.end(), floats(weights_).begin());
    std::vector<at::Tensor> tensors;
    for (const auto& block : layout_.blocks()) {
      auto tensor = view(weights_, block);
      if (!block.buffer) {
        tensor.requires_grad_();
        // backward() adds into a gradient that is there, and so into the flat vector.
        tensor.mutable_grad() = view(gradient_, block);
      }
      tensors.push_back(std::move(tensor));
    }
    network_ = make_network(model, layout_, tensors);
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
  // Not flat.narrow(): what has a base of its own is no leaf to be trusted with set gradients.
  static at::Tensor view(const at::Tensor& flat, const Block& block) {
    return at::from_blob(flat.data_ptr<float>() + block.offset, block.shape, at::kFloat);
  }
  /// In float, whatever the network computes in.
  at::Tensor answers(const Batch& batch, bool training) {
    const Autocast autocast(bf16_);
    const auto x = inputs_of(batch);
    return (training ? network_->train(x, batch.noise) : network_->evaluate(x)).to(at::kFloat);
  }

  Layout layout_;
  at::Tensor weights_, gradient_, outputs_;
  const bool bf16_;
  std::unique_ptr<Network> network_;
};

}  // namespace

std::unique_ptr<Replica> make_torch_replica(const ModelOptions& model, const Layout& layout,
                                            std::span<const float> weights) {
  return std::make_unique<TorchReplica>(model, layout, weights);
}

}  // namespace zenops
