#pragma once
#include <cuda_runtime.h>

#include <span>
#include <vector>

#include "aggregation/cuda/parts.hpp"

namespace zenops::cuda {

/// Values of any kind on a card, uninitialised; of kinds that are copied as the floats that they take the room of. Only
/// for sources that know CUDA.
template <class T>
class DeviceArray {
 public:
  DeviceArray(Device& device, size_t size) : device_(device), size_(size), row_(device.make(floats(size))) {
    static_assert(sizeof(T) % sizeof(float) == 0);
  }
  /// `values` may change once this returns.
  DeviceArray(Device& device, std::span<const T> values) : DeviceArray(device, values.size()) {
    device_.upload({reinterpret_cast<const float*>(values.data()), floats(size_)}, row_.data());
  }
  T* data() const { return reinterpret_cast<T*>(row_.data()); }
  void zero() const {
    check(cudaMemsetAsync(data(), 0, size_ * sizeof(T), device_.parts().stream), device_.parts().whose);
  }
  /// Waits.
  std::vector<T> downloaded() const {
    std::vector<T> out(size_);
    device_.download(row_.data(), {reinterpret_cast<float*>(out.data()), floats(size_)});
    return out;
  }

 private:
  static size_t floats(size_t size) { return size * sizeof(T) / sizeof(float); }
  Device& device_;
  size_t size_;
  DeviceRow row_;
};

}  // namespace zenops::cuda
