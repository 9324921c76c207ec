#include "models/torch/joint_replica.hpp"

#include <ATen/ops/cross_entropy_loss.h>

#include <algorithm>
#include <cassert>
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
        where_(torchs(device)),
        bf16_(model.precision == Precision::bf16),
        network_(make_network(model, layout_, tensors_over(weights_.there(), {}, layout_))) {}

  std::span<float> weights() override { return weights_.here(); }

  std::vector<float> compute_gradients(std::span<const Batch* const> batches) override {
    assert(!batches.empty() && static_cast<int64_t>(batches.size()) <= gradients_.there().size(0));
    return stream_.with([&] { return gradients_of(batches); });
  }

  std::span<const float> gradient(size_t k) const override {
    return gradients_.here().subspan(k * layout_.dimension(), layout_.dimension());
  }

  void move_buffers(size_t k, std::span<float> weights) const override {
    const auto count = static_cast<size_t>(tail_.count);
    std::ranges::copy(buffers_.here().subspan(k * count, count), weights.begin() + tail_.first);
  }

 private:
  std::vector<float> gradients_of(std::span<const Batch* const> batches) {
    weights_.send();
    Prepared& on = shapes_.of(*batches[0], batches.size());
    on.load(batches);
    std::vector<StreamName> noise;
    for (const Batch* batch : batches) noise.push_back(batch->noise);
    on.repeated().run([this, &on, &noise] { run(on, noise); }, [this] { return !network_->drew(); });
    gradients_.fetch(0, 0, on.batches());
    buffers_.fetch(0, 0, on.batches());
    const auto losses = on.losses().to(at::kCPU);
    return {losses.const_data_ptr<float>(), losses.const_data_ptr<float>() + losses.numel()};
  }

  void run(Prepared& on, std::span<const StreamName> noise) {
    std::vector<at::Tensor> gradients, buffers;
    for (Block block : layout_.blocks()) {
      if (!block.buffer) {
        gradients.push_back(rows_of(gradients_.there(), on.batches(), block));
        continue;
      }
      block.offset -= static_cast<size_t>(tail_.first);
      buffers.push_back(rows_of(buffers_.there(), on.batches(), block));
    }
    // What no batch moves stays as it is.
    if (tail_.count > 0) buffers_.there().narrow(0, 0, on.batches()).copy_(weights_.there().narrow(0, tail_.first, tail_.count));
    at::Tensor answers;
    {
      const Autocast autocast(where_.type(), bf16_);
      answers = network_->train(on.inputs(), Group{gradients, buffers, noise}).to(at::kFloat);
    }
    const auto losses = at::cross_entropy_loss(answers, on.labels(), {}, at::Reduction::None).view({on.batches(), -1}).mean(1);
    losses.sum().backward();
    on.losses().copy_(losses.detach());
  }

  const Layout layout_;
  const Tail tail_;
  const DeviceStream stream_;
  const Flat weights_, gradients_, buffers_;  // (d), (most, d), (most, buffers)
  Shapes shapes_;
  const at::Device where_;
  const bool bf16_;
  const std::unique_ptr<Network> network_;
};

}  // namespace

std::unique_ptr<JointReplica> make_torch_joint_replica(const ModelOptions& model, const Layout& layout, size_t most, const Device& device) {
  const DeviceStream stream(device);
  return stream.with([&] { return std::make_unique<TorchJointReplica>(model, layout, static_cast<int64_t>(most), device, stream); });
}

}  // namespace zenops
