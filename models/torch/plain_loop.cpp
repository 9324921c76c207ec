#include "models/torch/plain_loop.hpp"

#include <c10/core/CPUAllocator.h>
#include <torch/torch.h>

#include <stdexcept>
#include <string>

namespace zenops {
namespace {

namespace nn = torch::nn;

nn::Conv2d convolution(int64_t from, int64_t to, int64_t size, int64_t stride = 1) {
  return nn::Conv2d(nn::Conv2dOptions(from, to, size).stride(stride).padding((size - 1) / 2).bias(false));
}

struct MlpImpl : nn::Module {
  MlpImpl(int64_t features, int64_t classes)
      : fc1(register_module("fc1", nn::Linear(features, 100))), fc2(register_module("fc2", nn::Linear(100, classes))) {}
  torch::Tensor forward(const torch::Tensor& x) { return fc2(torch::relu(fc1(x.flatten(1)))); }
  nn::Linear fc1, fc2;
};
TORCH_MODULE(Mlp);

struct CnnImpl : nn::Module {
  explicit CnnImpl(int64_t classes)
      : conv1(register_module("conv1", nn::Conv2d(1, 20, 5))),
        conv2(register_module("conv2", nn::Conv2d(20, 50, 5))),
        fc1(register_module("fc1", nn::Linear(800, 500))),
        fc2(register_module("fc2", nn::Linear(500, classes))) {}
  torch::Tensor forward(const torch::Tensor& x) {
    auto y = torch::max_pool2d(torch::relu(conv1(x)), 2);
    y = torch::max_pool2d(torch::relu(conv2(y)), 2);
    return fc2(torch::relu(fc1(y.flatten(1))));
  }
  nn::Conv2d conv1, conv2;
  nn::Linear fc1, fc2;
};
TORCH_MODULE(Cnn);

struct BlockImpl : nn::Module {
  BlockImpl(int64_t from, int64_t to, int64_t stride)
      : conv1(register_module("conv1", convolution(from, to, 3, stride))),
        conv2(register_module("conv2", convolution(to, to, 3))),
        bn1(register_module("bn1", nn::BatchNorm2d(to))),
        bn2(register_module("bn2", nn::BatchNorm2d(to))) {
    if (from != to) {
      downsample = register_module("downsample", nn::Sequential(convolution(from, to, 1, stride), nn::BatchNorm2d(to)));
    }
  }
  torch::Tensor forward(const torch::Tensor& x) {
    auto y = bn2(conv2(torch::relu(bn1(conv1(x)))));
    return torch::relu(y + (downsample ? downsample->forward(x) : x));
  }
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d bn1, bn2;
  nn::Sequential downsample{nullptr};
};
TORCH_MODULE(Block);

/// GluonCV's cifar_resnetD_v1.
struct CifarResnetImpl : nn::Module {
  CifarResnetImpl(int depth, int64_t classes)
      : conv1(register_module("conv1", convolution(3, 16, 3))),
        bn1(register_module("bn1", nn::BatchNorm2d(16))),
        fc(register_module("fc", nn::Linear(64, classes))) {
    int64_t from = 16;
    for (int stage = 1; stage <= 3; ++stage) {
      nn::Sequential layer;
      for (int i = 0; i < (depth - 2) / 6; ++i) {
        const int64_t to = 8 << stage;
        layer->push_back(Block(from, to, stage > 1 && i == 0 ? 2 : 1));
        from = to;
      }
      layers.push_back(register_module("layer" + std::to_string(stage), layer));
    }
  }
  torch::Tensor forward(torch::Tensor x) {
    x = bn1(conv1(x));
    for (auto& layer : layers) x = layer->forward(x);
    return fc(torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1));
  }
  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Linear fc;
  std::vector<nn::Sequential> layers;
};
TORCH_MODULE(CifarResnet);

/// Torch's own memory while it lives, not the kept one of our library.
class TorchsAllocator {
 public:
  TorchsAllocator() : ours_(c10::GetCPUAllocator()) { c10::SetCPUAllocator(c10::GetDefaultCPUAllocator(), 1); }
  ~TorchsAllocator() { c10::SetCPUAllocator(ours_, 1); }
  TorchsAllocator(const TorchsAllocator&) = delete;

 private:
  c10::Allocator* ours_;
};

template <class Net>
class Loop final : public PlainLoop {
 public:
  Loop(Net net, const PlainStart& start)
      : net_(std::move(net)),
        optimizer_(net_->parameters(),
                   torch::optim::SGDOptions(start.lr).momentum(start.momentum).nesterov(start.momentum > 0)) {
    const torch::NoGradGuard guard;
    auto tensors = net_->named_parameters();
    for (const auto& buffer : net_->named_buffers()) tensors.insert(buffer.key(), buffer.value());
    for (const auto& block : start.layout.blocks())
      tensors[block.name].copy_(torch::from_blob(const_cast<float*>(start.weights.data()) + block.offset, block.shape));
  }

  float step(const Batch& batch) override {
    const TorchsAllocator allocator;
    // A batch as a data loader hands it out: contiguous in torch's own order.
    const auto x = torch::from_blob(const_cast<float*>(batch.inputs.data()),
                                    {batch.size, batch.height, batch.width, batch.channels})
                       .permute({0, 3, 1, 2})
                       .contiguous();
    const auto y = torch::from_blob(const_cast<int64_t*>(batch.labels.data()), {batch.size}, torch::kLong);
    optimizer_.zero_grad();
    const auto loss = torch::nn::functional::cross_entropy(net_->forward(x), y);
    loss.backward();
    optimizer_.step();
    return loss.template item<float>();
  }

 private:
  Net net_;
  torch::optim::SGD optimizer_;
};

}  // namespace

std::unique_ptr<PlainLoop> make_torchs_plain_loop(const PlainStart& start) {
  auto loop = [&](auto net) -> std::unique_ptr<PlainLoop> {
    return std::make_unique<Loop<decltype(net)>>(std::move(net), start);
  };
  const InputShape& input = start.input;
  if (start.model == "mlp") return loop(Mlp(int64_t{input.height} * input.width * input.channels, input.classes));
  if (start.model == "cnn_mnist") return loop(Cnn(input.classes));
  if (start.model == "cifar_resnet20_v1") return loop(CifarResnet(20, input.classes));
  throw std::logic_error("no plain loop for model " + start.model);
}

}  // namespace zenops
