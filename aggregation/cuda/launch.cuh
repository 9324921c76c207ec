#pragma once
// How kernels are launched and find their shared memory: said here once, so that a test can run them on the processor
// instead (tests/aggregation/cuda/emulated/cuda_runtime.h, which says both for itself).
#include <cuda_runtime.h>

#ifdef __CUDACC__
#include <type_traits>

namespace zenops::cuda {

/// Asynchronous; whoever launches asks CUDA how it went. `shared`: bytes.
template <class... A>
void launch(void (*kernel)(A...), dim3 grid, dim3 block, size_t shared, cudaStream_t stream,
            const std::type_identity_t<A>&... arguments) {
  kernel<<<grid, block, shared, stream>>>(arguments...);
}

/// The block's, as much as the launch asked for.
__device__ __forceinline__ float* shared_memory() {
  extern __shared__ float memory[];
  return memory;
}

}  // namespace zenops::cuda
#endif
