#include <ATen/cuda/CUDAGraph.h>

#include "models/torch/device_stream.hpp"

namespace zenops {
namespace {

/// A CUDA graph. Its memory is its own: what it computed lies where it lay when it was recorded.
class Graph final : public Recording {
 public:
  explicit Graph(const std::function<void()>& work) {
    // What other threads of this process do with the card meanwhile is no business of the recording.
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    work();
    graph_.capture_end();
  }
  void replay() override { graph_.replay(); }

 private:
  at::cuda::CUDAGraph graph_;
};

}  // namespace
}  // namespace zenops

extern "C" __attribute__((visibility("default"))) std::unique_ptr<zenops::Recording> zenops_record_cuda_graph(
    const std::function<void()>& work) {
  return std::make_unique<zenops::Graph>(work);
}
