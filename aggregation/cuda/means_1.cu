#include "aggregation/cuda/mean_kernel.cuh"

namespace zenops::cuda {

extern const MeanLaunchers kMeans1 = launchers_from<1>();

}  // namespace zenops::cuda
