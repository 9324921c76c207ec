#include "models/torch/device_replica.hpp"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <vector>

#include "models/torch/batches.hpp"
#include "models/torch/device_stream.hpp"
#include "models/torch/flat.hpp"
#include "models/torch/network.hpp"

namespace zenops {
namespace {

/// Where batches of one shape lie on the device, always at the same addresses, and what is done with them.
class Prepared {
 public:
  Prepared(const Batch& one, int64_t batches, const Device& device, bool may_be_recorded)
      : batches_(batches), repeated_(device, may_be_recorded) {
    const bool pinned = device.kind == Device::Kind::gpu;
    const std::array<int64_t, 4> images{batches * one.size, one.height, one.width, one.channels};
    const std::array<int64_t, 1> labels{batches * static_cast<int64_t>(one.labels.size())};
    const auto here = [&](at::IntArrayRef sizes, at::ScalarType type) { return at::empty(sizes, at::TensorOptions(type).pinned_memory(pinned)); };
    const auto there = [&](at::IntArrayRef sizes, at::ScalarType type) { return at::empty(sizes, at::TensorOptions(type).device(torchs(device))); };
    images_here_ = here(images, at::kFloat);
    labels_here_ = here(labels, at::kLong);
    images_ = there(images, at::kFloat);
    labels_ = there(labels, at::kLong);
    losses_ = there({batches}, at::kFloat);
  }
  void load(std::span<const Batch* const> batches) {
    auto* images = images_here_.data_ptr<float>();
    auto* labels = labels_here_.data_ptr<int64_t>();
    for (const Batch* batch : batches) {
      images = std::ranges::copy(batch->inputs, images).out;
      labels = std::ranges::copy(batch->labels, labels).out;
    }
    images_.copy_(images_here_, true);
    labels_.copy_(labels_here_, true);
  }
  at::Tensor inputs() const { return images_.permute({0, 3, 1, 2}); }
  const at::Tensor& labels() const { return labels_; }
  int64_t batches() const { return batches_; }
  /// (batches) on the device.
  at::Tensor& losses() { return losses_; }
  Repeated& repeated() { return repeated_; }

 private:
  const int64_t batches_;
  at::Tensor images_here_, labels_here_, images_, labels_, losses_;
  Repeated repeated_;
};

/// By shape: most runs have one, and another at evaluation.
class Shapes {
 public:
  Shapes(const Device& device, bool records) : device_(device), records_(records) {}
  Prepared& of(const Batch& one, size_t batches) {
    const Key key{batches, one.size, one.height, one.width, one.channels, one.labels.size()};
    const bool records = records_ && shapes_.size() < most_recorded;
    return shapes_.try_emplace(key, one, static_cast<int64_t>(batches), device_, records).first->second;
  }

 private:
  static constexpr size_t most_recorded = 4;  // each keeps what it computes with
  using Key = std::array<size_t, 6>;
  const Device device_;
  const bool records_;
  std::map<Key, Prepared> shapes_;
};

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

class TorchJointReplica final : public JointReplica {
 public:
  /// As above.
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

std::unique_ptr<Replica> make_device_replica(const ModelOptions& model, const Layout& layout, std::span<const float> weights,
                                             const Device& device) {
  const DeviceStream stream(device);
  return stream.with([&] { return std::make_unique<DeviceReplica>(model, layout, weights, device, stream, true); });
}

std::unique_ptr<Replica> make_launching_replica(const ModelOptions& model, const Layout& layout, std::span<const float> weights,
                                                const Device& device) {
  const DeviceStream stream(device);
  return stream.with([&] { return std::make_unique<DeviceReplica>(model, layout, weights, device, stream, false); });
}

std::unique_ptr<JointReplica> make_torch_joint_replica(const ModelOptions& model, const Layout& layout, size_t most, const Device& device) {
  const DeviceStream stream(device);
  return stream.with([&] { return std::make_unique<TorchJointReplica>(model, layout, static_cast<int64_t>(most), device, stream); });
}

}  // namespace zenops
