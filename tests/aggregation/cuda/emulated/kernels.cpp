// All kernels as the processor's compiler sees them. Of the 64 for means there are two: a column's half may be shorter
// than a kernel's wires.
#include "aggregation/cuda/elementwise.cu"
#include "aggregation/cuda/many.cu"
#include "aggregation/cuda/mean_kernel.cuh"
#include "aggregation/cuda/mix.cu"
#include "aggregation/cuda/sums.cu"

namespace zenops::cuda {

MeanLauncher mean_launcher(uint32_t wires) { return wires <= 8 ? launch_mean<8> : launch_mean<kMostWires>; }

}  // namespace zenops::cuda
