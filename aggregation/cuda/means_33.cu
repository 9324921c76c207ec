#include "aggregation/cuda/mean_kernel.cuh"

namespace zenops::cuda {

extern const MeanLaunchers kMeans33 = launchers_from<33>();

}  // namespace zenops::cuda
