#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>

#include "models/torch/device_stream.hpp"

namespace zenops {
namespace {

/// A CUDA graph. Its memory is its own: what it computed lies where it lay when it was recorded.
class Graph final : public Recording {
 public:
  explicit Graph(const std::function<void()>& work) {
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      give_up();
      throw;
    }
    graph_.capture_end();
  }
  void replay() override { graph_.replay(); }

 private:
  /// So that the stream records nothing any more, and the allocator knows it.
  void give_up() noexcept {
    try {
      graph_.capture_end();
    } catch (...) {
      try {
        c10::cuda::CUDACachingAllocator::endAllocateToPool(c10::cuda::current_device(), graph_.pool());
      } catch (...) {
        // capture_end() had come so far.
      }
      static_cast<void>(cudaGetLastError());
    }
  }
  at::cuda::CUDAGraph graph_;
};

std::unique_ptr<Recording> record(const std::function<void()>& work) { return std::make_unique<Graph>(work); }

c10::Stream make_stream(int gpu) {
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(gpu));
  cudaStream_t stream = nullptr;
  C10_CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return c10::cuda::getStreamFromExternal(stream, static_cast<c10::DeviceIndex>(gpu)).unwrap();
}

void release_memory() { c10::cuda::CUDACachingAllocator::emptyCache(); }

constexpr CudaLibrary library{record, make_stream, release_memory};

}  // namespace
}  // namespace zenops

extern "C" __attribute__((visibility("default"))) const zenops::CudaLibrary* zenops_cuda_library() { return &zenops::library; }
