#pragma once
// How kernels are launched and find their shared memory: said here once, so that a test can run them on the processor
// instead (tests/aggregation/cuda/emulated/cuda_runtime.h, which says both for itself).
#include <cuda_runtime.h>

#include <mutex>
#include <set>
#include <type_traits>
#include <utility>

#include "aggregation/cuda/kernels.hpp"

#ifdef __CUDACC__

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

namespace zenops::cuda {

/// Whether the calling thread's card gives so much to the kernel's blocks. What is allowed is the kernel's on that
/// card, whichever stream it runs in: were it set to what each launch needs, one thread would lower what another has
/// just asked for. So it is set once, to the most that there can be.
inline bool may_share(const void* kernel, size_t most) {
  static std::mutex mutex;
  static std::set<std::pair<const void*, int>> allowed;  // kernels, and on which card
  int card = 0;
  if (cudaGetDevice(&card) != cudaSuccess) return false;
  const std::lock_guard lock(mutex);
  if (allowed.contains({kernel, card})) return true;
  if (cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(most)) != cudaSuccess)
    return false;
  allowed.emplace(kernel, card);
  return true;
}

/// launch() of a kernel whose blocks take up to `most` bytes of shared memory, `shared` of them this time.
template <size_t most, class... A>
void launch_sharing(void (*kernel)(A...), dim3 grid, dim3 block, size_t shared, cudaStream_t stream,
                    const std::type_identity_t<A>&... arguments) {
  static_assert(most <= kMostShared, "cards that have less than the kernels need would be used");
  constexpr size_t usual = 48 * 1024;  // what any block may take
  if (most > usual && !may_share(reinterpret_cast<const void*>(kernel), most))
    return;  // whoever launches finds the error
  launch(kernel, grid, block, shared, stream, arguments...);
}

}  // namespace zenops::cuda
