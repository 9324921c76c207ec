#include "models/torch/prepared.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "models/torch/flat.hpp"

namespace zenops {

Prepared::Prepared(const Batch& one, int64_t batches, const Device& device, bool may_be_recorded)
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

void Prepared::load(std::span<const Batch* const> batches) {
  auto* images = images_here_.data_ptr<float>();
  auto* labels = labels_here_.data_ptr<int64_t>();
  for (const Batch* batch : batches) {
    images = std::ranges::copy(batch->inputs, images).out;
    labels = std::ranges::copy(batch->labels, labels).out;
  }
  images_.copy_(images_here_, true);
  labels_.copy_(labels_here_, true);
}

Prepared& Shapes::of(const Batch& one, size_t batches) {
  const Key key{batches, one.size, one.height, one.width, one.channels, one.labels.size()};
  const bool records = records_ && shapes_.size() < most_recorded;
  return shapes_.try_emplace(key, one, static_cast<int64_t>(batches), device_, records).first->second;
}

}  // namespace zenops
