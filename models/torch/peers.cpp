#include "models/torch/peers.hpp"

#include <ATen/ops/cdist.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/median.h>
#include <ATen/ops/sort.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <stdexcept>
#include <tuple>

#include "models/torch/device_stream.hpp"
#include "models/torch/flat.hpp"
#include "models/torch/gpus.hpp"

namespace zenops {
namespace {

// What torch.cdist calls its ways.
constexpr int64_t by_products = 1, by_differences = 2;

class Peer final : public TorchPeer {
 public:
  Peer(TorchWork work, std::span<const float* const> rows, size_t d, const Device& device)
      : work_(work), gpu_(device.kind == Device::Kind::gpu), where_(torchs(device)), stream_(device) {
    const c10::InferenceMode no_gradient;
    stream_.with([&] {
      const auto size = static_cast<int64_t>(d), n = static_cast<int64_t>(rows.size());
      rows_ = at::empty({n, size}, at::TensorOptions(at::kFloat).device(where_));
      for (int64_t k = 0; k < n; ++k)
        rows_.select(0, k).copy_(at::from_blob(const_cast<float*>(rows[static_cast<size_t>(k)]), {size}));
      wait();
    });
  }
  ~Peer() override {
    out_ = indices_ = rows_ = at::Tensor();
    if (!gpu_) return;
    try {  // torch would keep it, and ours is to have the whole card again
      release_torchs_gpu_memory();
    } catch (const std::exception&) {  // a card that fails says so to whom it is asked for next
    }
  }
  Peer(const Peer&) = delete;

  void run(int times) override {
    const c10::InferenceMode no_gradient;
    stream_.with([&] {
      for (int k = 0; k < times; ++k) {
        out_ = indices_ = at::Tensor();  // before the next ones are made: a card need not hold two of them
        once();
      }
      wait();
    });
  }

  std::vector<float> result() const override {
    const c10::InferenceMode no_gradient;
    return stream_.with([&] {
      const auto here = out_.to(at::kCPU).contiguous();
      return std::vector<float>(here.const_data_ptr<float>(), here.const_data_ptr<float>() + here.numel());
    });
  }

 private:
  void once() {
    switch (work_) {
      case TorchWork::sort:
        std::tie(out_, indices_) = at::sort(rows_, 0);
        return;
      case TorchWork::median:
        std::tie(out_, indices_) = at::median(rows_, 0);
        return;
      case TorchWork::differences:
        out_ = at::cdist(rows_, rows_, 2, by_differences);
        return;
      case TorchWork::products:
        out_ = at::cdist(rows_, rows_, 2, by_products);
        return;
    }
    throw std::logic_error("no such work");
  }
  void wait() const {
    if (!gpu_) return;
    const c10::impl::VirtualGuardImpl guard(at::kCUDA);
    guard.synchronizeStream(guard.getStream(where_));
  }

  const TorchWork work_;
  const bool gpu_;
  const at::Device where_;
  const DeviceStream stream_;
  at::Tensor rows_, out_, indices_;
};

}  // namespace

std::unique_ptr<TorchPeer> make_torchs_peer(TorchWork work, std::span<const float* const> rows, size_t d,
                                            const Device& device) {
  return std::make_unique<Peer>(work, rows, d, device);
}

}  // namespace zenops
