#pragma once
// Of CUDA's header what our kernels use, on the processor: a launch runs block after block, and in a block thread after
// thread, each until it waits for the others. So it shows what a kernel reads, writes and adds, but neither races nor
// what a card does at the same time.
#include <ucontext.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#define __global__ [[maybe_unused]]
#define __device__
#define __shared__ static
#define __launch_bounds__(threads)
#define __grid_constant__

struct dim3 {
  dim3(unsigned x_ = 1, unsigned y_ = 1) : x(x_), y(y_) {}
  unsigned x, y;
};
inline dim3 threadIdx, blockIdx, blockDim, gridDim;

using cudaStream_t = void*;
using cudaEvent_t = void*;
enum cudaError_t { cudaSuccess, cudaErrorInvalidValue, cudaErrorMemoryAllocation };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
inline constexpr unsigned cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2, cudaHostAllocDefault = 0;
struct cudaDeviceProp {
  char name[16];
  size_t totalGlobalMem;
  int multiProcessorCount, major, minor;
  size_t sharedMemPerBlockOptin;
};

/// The card, as a test wants it.
struct EmulatedCard {
  size_t shared = 163 * 1024;  // bytes for a block: compute capability 8.0
  size_t memory = size_t{1} << 34, free = size_t{1} << 34;
  int makes = INT_MAX;  // so many things more: streams, events, memory
  int made = 0;         // and not ended yet
};
inline EmulatedCard emulated_card;

/// The last error, which asking for it forgets.
inline cudaError_t emulated_error = cudaSuccess;
inline cudaError_t cudaGetLastError() { return std::exchange(emulated_error, cudaSuccess); }
inline const char* cudaGetErrorString(cudaError_t) { return "emulated"; }
inline const char* cudaGetErrorName(cudaError_t) { return "cudaErrorEmulated"; }

/// What kernels have been allowed of a block's shared memory. Less than before is refused: it
/// would be taken from whoever launches beside us.
inline std::map<const void*, int> emulated_allowed;
inline cudaError_t cudaGetDevice(int* device) { return *device = 0, cudaSuccess; }
inline cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute, int bytes) {
  int& allowed = emulated_allowed[kernel];
  if (static_cast<size_t>(bytes) > emulated_card.shared || bytes < allowed)
    return emulated_error = cudaErrorInvalidValue;
  return allowed = bytes, cudaSuccess;
}

/// One card, whose memory is the processor's, and whose work is done when it is asked for.
inline cudaError_t cudaGetDeviceCount(int* count) { return *count = 1, cudaSuccess; }
inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* out, int) {
  *out = {"emulated", emulated_card.memory, 108, 8, 0, emulated_card.shared};
  return cudaSuccess;
}
inline cudaError_t cudaMemGetInfo(size_t* free, size_t* all) {
  return *free = emulated_card.free, *all = emulated_card.memory, cudaSuccess;
}
inline cudaError_t cudaDriverGetVersion(int* version) { return *version = 13000, cudaSuccess; }
inline cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 13000, cudaSuccess; }
inline cudaError_t cudaSetDevice(int) { return cudaSuccess; }
inline cudaError_t cudaMalloc(void** memory, size_t bytes) {
  *memory = emulated_card.makes > 0 ? std::malloc(bytes) : nullptr;
  if (!*memory) return emulated_error = cudaErrorMemoryAllocation;
  --emulated_card.makes;
  ++emulated_card.made;
  std::memset(*memory, 0xff, bytes);  // NaN: what is read before it is written shows
  return cudaSuccess;
}
inline cudaError_t cudaFree(void* memory) {
  emulated_card.made -= memory != nullptr;
  return std::free(memory), cudaSuccess;
}
inline cudaError_t cudaHostAlloc(void** memory, size_t bytes, unsigned) { return cudaMalloc(memory, bytes); }
inline cudaError_t cudaFreeHost(void* memory) { return cudaFree(memory); }
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* out, unsigned) { return cudaMalloc(out, 1); }
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaStreamDestroy(cudaStream_t stream) { return cudaFree(stream); }
inline cudaError_t cudaEventCreate(cudaEvent_t* out) { return cudaMalloc(out, 1); }
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* out, unsigned) { return cudaMalloc(out, 1); }
inline cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
inline cudaError_t cudaEventDestroy(cudaEvent_t event) { return cudaFree(event); }
inline cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t) {
  return *milliseconds = 1, cudaSuccess;
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t) {
  return std::memmove(to, from, bytes), cudaSuccess;
}
inline cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t) {
  return std::memset(to, value, bytes), cudaSuccess;
}

using std::min;
inline float __ldcs(const float* from) { return *from; }
inline void __stcs(float* to, float value) { *to = value; }
inline void atomicAdd(double* to, double value) { *to += value; }

namespace zenops::cuda {

/// A block's threads, taken by turns.
class EmulatedBlock {
 public:
  static EmulatedBlock*& current() {
    static EmulatedBlock* block = nullptr;
    return block;
  }

  EmulatedBlock(std::function<void()> work, size_t shared_bytes)
      : work_(std::move(work)), shared_(shared_bytes / sizeof(float), NAN) {}

  void run() {
    current() = this;
    const unsigned count = blockDim.x * blockDim.y;
    static std::vector<char> stacks;  // making them takes longer than most blocks do
    if (stacks.size() < count * kStack) stacks.resize(count * kStack);
    std::vector<ucontext_t> threads(count);
    std::vector<bool> done(count);
    for (unsigned k = 0; k < count; ++k) {
      getcontext(&threads[k]);
      threads[k].uc_stack = {.ss_sp = stacks.data() + k * kStack, .ss_flags = 0, .ss_size = kStack};
      threads[k].uc_link = &caller_;
      makecontext(&threads[k], enter, 0);
    }
    for (unsigned left = count; left > 0;)
      for (unsigned k = 0; k < count; ++k) {
        if (done[k]) continue;
        threadIdx = {k % blockDim.x, k / blockDim.x};
        thread_ = &threads[k];
        finished_ = false;
        swapcontext(&caller_, thread_);
        done[k] = finished_;
        left -= finished_;
      }
  }
  void wait() { swapcontext(thread_, &caller_); }
  float* shared() { return shared_.data(); }

 private:
  static constexpr size_t kStack = 32 * 1024;
  static void enter() {
    current()->work_();
    current()->finished_ = true;
  }

  std::function<void()> work_;
  std::vector<float> shared_;
  ucontext_t caller_ = {};
  ucontext_t* thread_ = nullptr;
  bool finished_ = false;
};

template <class... A>
void launch(void (*kernel)(A...), dim3 grid, dim3 block, size_t shared, cudaStream_t,
            const std::type_identity_t<A>&... arguments) {
  const auto allowed = emulated_allowed.find(reinterpret_cast<const void*>(kernel));
  if (shared > 48 * 1024 && (allowed == emulated_allowed.end() || shared > static_cast<size_t>(allowed->second))) {
    emulated_error = cudaErrorInvalidValue;
    return;
  }
  gridDim = grid;
  blockDim = block;
  for (unsigned y = 0; y < grid.y; ++y)
    for (unsigned x = 0; x < grid.x; ++x) {
      blockIdx = {x, y};
      EmulatedBlock([&] { kernel(arguments...); }, shared).run();
    }
}

inline float* shared_memory() { return EmulatedBlock::current()->shared(); }

}  // namespace zenops::cuda

inline void __syncthreads() { zenops::cuda::EmulatedBlock::current()->wait(); }
