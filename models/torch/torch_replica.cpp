#include "models/torch/torch_replica.hpp"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "models/torch/networks.hpp"

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

class TorchReplica final : public Replica {
 public:
  TorchReplica(const ModelOptions& model, const Layout& layout, std::span<const float> weights)
      : forward_(forward_of(model)),
        own_statistics_(model.batch_norm == BatchNormPolicy::local),
        layout_(layout),
        weights_(at::empty({static_cast<int64_t>(layout.dimension())})),
        gradient_(at::zeros({static_cast<int64_t>(layout.dimension())})) {
    std::copy(weights.begin(), weights.end(), floats(weights_).begin());
    for (const auto& block : layout_.blocks()) {
      auto parameter = view(weights_, block);
      if (block.buffer) {
        buffers_.push_back(std::move(parameter));
        continue;
      }
      parameter.requires_grad_();
      // backward() adds into a gradient that is there, and so into the flat vector.
      parameter.mutable_grad() = view(gradient_, block);
      parameters_.push_back(std::move(parameter));
    }
  }

  const Layout& layout() const override { return layout_; }
  std::span<float> weights() override { return floats(weights_); }
  std::span<const float> gradient() const override { return floats(gradient_); }

  float compute_gradient(const Batch& batch) override {
    std::memset(gradient_.data_ptr(), 0, gradient_.nbytes());
    Pass pass(parameters_, buffers_,
              own_statistics_ ? Pass::Statistics::of_the_batch : Pass::Statistics::of_the_batch_and_remember);
    pass.drop(batch.noise);
    const auto loss = at::cross_entropy_loss(forward_(pass, inputs_of(batch)), labels_of(batch));
    loss.backward();
    return loss.item<float>();
  }

  std::span<const float> outputs(const Batch& batch) override {
    const c10::InferenceMode no_gradient;
    Pass pass(parameters_, buffers_, own_statistics_ ? Pass::Statistics::of_the_batch : Pass::Statistics::running);
    outputs_ = forward_(pass, inputs_of(batch)).contiguous();
    return floats(outputs_);
  }

 private:
  // Not flat.narrow(): what has a base of its own is no leaf to be trusted with set gradients.
  static at::Tensor view(const at::Tensor& flat, const Block& block) {
    return at::from_blob(flat.data_ptr<float>() + block.offset, block.shape, at::kFloat);
  }

  const Forward forward_;
  const bool own_statistics_;
  Layout layout_;
  at::Tensor weights_, gradient_, outputs_;
  std::vector<at::Tensor> parameters_, buffers_;
};

}  // namespace

std::unique_ptr<Replica> make_torch_replica(const ModelOptions& model, const Layout& layout,
                                            std::span<const float> weights) {
  return std::make_unique<TorchReplica>(model, layout, weights);
}

}  // namespace zenops
