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

/// What a device is made of; only for sources that know CUDA.
struct Device::Parts {
  explicit Parts(const DeviceOptions& options);
  ~Parts();

  /// A pinned buffer, free once `done` is.
  struct Staging {
    float* memory = nullptr;
    cudaEvent_t done = nullptr;
  };

  /// The calling thread's current card is this one from then on, as launches require.
  void use();
  /// The last launch was accepted.
  void launched(const std::string& doing) { check(cudaGetLastError(), whose + ", " + doing); }

  Card card;
  std::string whose;  // "GPU 0"
  cudaStream_t stream = nullptr;
  size_t staging_floats;
  std::array<Staging, 2> staging = {};
  size_t next_staging = 0;
  cudaEvent_t began = nullptr, ended = nullptr;
  std::optional<CappedPool> pool;
  std::optional<Cublas> cublas;  // once it is asked for
};

}  // namespace zenops::cuda
