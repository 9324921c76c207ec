#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <memory>

namespace zenops::cuda {

/// NVIDIA's products of matrices, of the stream of one card. The library is looked for when it is first asked for: no
/// program of ours needs it to start.
class Cublas {
 public:
  /// Throws Error where the library is not there, and in a build whose toolkit had no cuBLAS.
  explicit Cublas(cudaStream_t stream);
  ~Cublas();
  Cublas(const Cublas&) = delete;
  Cublas& operator=(const Cublas&) = delete;

  /// out (m, size) = weights (m, n) · rows (n, size), all on the card, row by row; rows and out lie `pitch` apart. In
  /// float alone, never TF32 and never split into halves; in whatever order. Throws Error.
  void product(const float* weights, const float* rows, size_t m, size_t n, size_t size, size_t pitch, float* out);

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace zenops::cuda
