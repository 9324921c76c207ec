#include "models/torch/flat.hpp"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <cassert>

namespace zenops {

at::Device torchs(const Device& device) {
  if (device.kind != Device::Kind::gpu) return {at::kCPU};
  return {at::kCUDA, static_cast<c10::DeviceIndex>(device.gpu)};
}

Flat::Flat(at::IntArrayRef sizes, const Device& device) {
  const bool gpu = device.kind == Device::Kind::gpu;
  here_ = at::zeros(sizes, at::TensorOptions(at::kFloat).pinned_memory(gpu));  // pinned: what a GPU copies at full speed
  there_ = device.kind == Device::Kind::cores ? here_ : at::zeros(sizes, at::TensorOptions(at::kFloat).device(torchs(device)));
}

void Flat::send(int64_t count) const {
  if (!there_.is_same(here_)) there_.narrow(0, 0, count).copy_(here_.narrow(0, 0, count), true);
}

void Flat::fetch(int64_t dimension, int64_t first, int64_t count) const {
  if (count > 0 && !there_.is_same(here_)) here_.narrow(dimension, first, count).copy_(there_.narrow(dimension, first, count));
}

at::Tensor view(const at::Tensor& flat, const Block& block) {
  return at::for_blob(flat.data_ptr<float>() + block.offset, block.shape).options(flat.options()).target_device(flat.device()).make_tensor();
}

at::Tensor rows_of(const at::Tensor& flat, int64_t rows, const Block& block) {
  std::vector<int64_t> shape = block.shape;
  shape.insert(shape.begin(), rows);
  return flat.narrow(0, 0, rows).narrow(1, static_cast<int64_t>(block.offset), static_cast<int64_t>(block.size)).view(shape);
}

std::vector<at::Tensor> tensors_over(const at::Tensor& weights, const at::Tensor& gradient, const Layout& layout) {
  std::vector<at::Tensor> out;
  for (const Block& block : layout.blocks()) {
    out.push_back(view(weights, block));
    if (block.buffer) continue;
    out.back().requires_grad_();
    if (gradient.defined()) out.back().mutable_grad() = view(gradient, block);  // is added to, since it is there
  }
  return out;
}

Tail buffers_of(const Layout& layout) {
  const auto dimension = static_cast<int64_t>(layout.dimension());
  Tail tail{dimension, 0};
  for (const Block& block : layout.blocks()) {
    assert(block.buffer || tail.count == 0);
    if (!block.buffer || tail.count > 0) continue;
    tail.first = static_cast<int64_t>(block.offset);
    tail.count = dimension - tail.first;
  }
  return tail;
}

}  // namespace zenops
