// What cuBLAS is asked for, one sum after the other.
#include "aggregation/cuda/cublas.hpp"

namespace zenops::cuda {

struct Cublas::Library {};
Cublas::Cublas(cudaStream_t) {}
Cublas::~Cublas() = default;

void Cublas::product(const float* weights, const float* rows, size_t m, size_t n, size_t size, size_t pitch,
                     float* out) {
  for (size_t k = 0; k < m; ++k)
    for (size_t i = 0; i < size; ++i) {
      float sum = 0;
      for (size_t r = 0; r < n; ++r) sum += weights[k * n + r] * rows[r * pitch + i];
      out[k * pitch + i] = sum;
    }
}

}  // namespace zenops::cuda
