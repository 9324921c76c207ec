#pragma once
#include <cuda_runtime.h>

#include <array>
#include <optional>
#include <string>

#include "aggregation/cuda/capped_pool.hpp"
#include "aggregation/cuda/cublas.hpp"
#include "aggregation/cuda/device.hpp"

namespace zenops::cuda {

/// Throws Error, with what was being done ("GPU 0, combining 10 rows"), unless the call was a success. CUDA forgets it
/// then.
void check(cudaError_t status, const std::string& doing);

/// Something of CUDA's, and its end: also where what is made after it fails.
template <class Handle, cudaError_t (*end)(Handle)>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (handle_) (void)end(handle_);  // what fails here has failed before, and was said then
  }
  Handle* fill() { return &handle_; }
  operator Handle() const { return handle_; }

 private:
  Handle handle_ = nullptr;
};
using Event = Owned<cudaEvent_t, cudaEventDestroy>;

/// What a device is made of; only for sources that know CUDA.
struct Device::Parts {
  explicit Parts(const DeviceOptions& options);
  ~Parts();

  /// A pinned buffer, free once `done` is.
  struct Staging {
    float* floats() const { return static_cast<float*>(static_cast<void*>(memory)); }
    Owned<void*, cudaFreeHost> memory = {};
    Event done = {};
  };

  /// The calling thread's current card is this one from then on, as launches require.
  void use();
  /// The last launch was accepted.
  void launched(const std::string& doing) { check(cudaGetLastError(), whose + ", " + doing); }

  Card card;
  std::string whose;                              // "GPU 0"
  Owned<cudaStream_t, cudaStreamDestroy> stream;  // outlives what it works on
  size_t staging_floats;
  std::array<Staging, 2> staging = {};
  size_t next_staging = 0;
  Event began, ended;
  std::optional<CappedPool> pool;
  std::optional<Cublas> cublas;  // once it is asked for
};

}  // namespace zenops::cuda
