#include "models/torch/joint_replica.hpp"

#include <ATen/ops/cross_entropy_loss.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <vector>

#include "models/torch/autocast.hpp"
#include "models/torch/flat.hpp"
#include "models/torch/network.hpp"
#include "models/torch/prepared.hpp"

namespace zenops {
namespace {

class TorchJointReplica final : public JointReplica {
 public:
  /// To be made in that stream, on that device.
  TorchJointReplica(const ModelOptions& model, const Layout& layout, int64_t most, const Device& device, const DeviceStream& stream)
      : layout_(layout),
        tail_(buffers_of(layout)),
        stream_(stream),
        weights_({static_cast<int64_t>(layout.dimension())}, device),
        gradients_({most, static_cast<int64_t>(layout.dimension())}, device),
        buffers_({most, tail_.count}, device),
        shapes_(device, true),
        own_shapes_(device, true),
        device_(device),
        bf16_(model.precision == Precision::bf16),
        network_(make_network(model, layout_, tensors_over(weights_.there(), {}, layout_))) {}

  std::span<float> weights() override { return weights_.here(); }

  std::vector<float> compute_gradients(std::span<const Batch* const> batches) override {
    return stream_.with([&] {
      weights_.send();
      return gradients_of(batches, shapes_, false);
    });
  }

  std::span<float> own_weights(size_t k) override {
    if (!own_) stream_.with([this] { own_.emplace(gradients_.there().sizes(), device_); });
    return own_->here().subspan(k * layout_.dimension(), layout_.dimension());
  }

  std::vector<float> compute_gradients_apart(std::span<const Batch* const> batches) override {
    assert(own_);
    return stream_.with([&] {
      own_->send(static_cast<int64_t>(batches.size()));
      return gradients_of(batches, own_shapes_, true);
    });
  }

  std::span<const float> gradient(size_t k) const override {
    return gradients_.here().subspan(k * layout_.dimension(), layout_.dimension());
  }

  void move_buffers(size_t k, std::span<float> weights) const override {
    const auto count = static_cast<size_t>(tail_.count);
    std::ranges::copy(buffers_.here().subspan(k * count, count), weights.begin() + tail_.first);
  }

 private:
  std::vector<float> gradients_of(std::span<const Batch* const> batches, Shapes& shapes, bool at_own) {
    assert(!batches.empty() && static_cast<int64_t>(batches.size()) <= gradients_.there().size(0));
    Prepared& on = shapes.of(*batches[0], batches.size());
    on.load(batches);
    std::vector<StreamName> noise;
    for (const Batch* batch : batches) noise.push_back(batch->noise);
    on.repeated().run([this, &on, &noise, at_own] { run(on, noise, at_own); }, [this] { return !network_->drew(); });
    gradients_.fetch(0, 0, on.batches());
    buffers_.fetch(0, 0, on.batches());
    const auto losses = on.losses().to(at::kCPU);
    return {losses.const_data_ptr<float>(), losses.const_data_ptr<float>() + losses.numel()};
  }

  void run(Prepared& on, std::span<const StreamName> noise, bool at_own) {
    std::vector<at::Tensor> gradients, buffers, own_parameters, own_buffers;
    for (Block block : layout_.blocks()) {
      if (at_own) {
        const auto rows = rows_of(own_->there(), on.batches(), block).detach();
        (block.buffer ? own_buffers : own_parameters).push_back(block.buffer ? rows : rows.requires_grad_());
      }
      if (!block.buffer) {
        gradients.push_back(rows_of(gradients_.there(), on.batches(), block));
        continue;
      }
      block.offset -= static_cast<size_t>(tail_.first);
      buffers.push_back(rows_of(buffers_.there(), on.batches(), block));
    }
    // What no batch moves stays as it is.
    if (tail_.count > 0) {
      const auto from = at_own ? own_->there().narrow(0, 0, on.batches()) : weights_.there().unsqueeze(0);
      buffers_.there().narrow(0, 0, on.batches()).copy_(from.narrow(1, tail_.first, tail_.count));
    }
    const auto kernels = device_.kind == Device::Kind::cores ? joint::Kernels::one_by_one : joint::Kernels::grouped;
    at::Tensor answers;
    {
      const Autocast autocast(torchs(device_).type(), bf16_);
      answers = network_->train(on.inputs(), Group{gradients, buffers, noise, own_parameters, own_buffers, kernels}).to(at::kFloat);
    }
    const auto losses = at::cross_entropy_loss(answers, on.labels(), {}, at::Reduction::None).view({on.batches(), -1}).mean(1);
    losses.sum().backward();
    on.losses().copy_(losses.detach());
  }

  const Layout layout_;
  const Tail tail_;
  const DeviceStream stream_;
  const Flat weights_, gradients_, buffers_;  // (d), (most, d), (most, buffers)
  std::optional<Flat> own_;                   // (most, d)
  Shapes shapes_, own_shapes_;
  const Device device_;
  const bool bf16_;
  const std::unique_ptr<Network> network_;
};

}  // namespace

std::unique_ptr<JointReplica> make_torch_joint_replica(const ModelOptions& model, const Layout& layout, size_t most, const Device& device) {
  const DeviceStream stream(device);
  return stream.with([&] { return std::make_unique<TorchJointReplica>(model, layout, static_cast<int64_t>(most), device, stream); });
}

}  // namespace zenops
