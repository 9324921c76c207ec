#include "aggregation/cuda/mean_kernel.cuh"

namespace zenops::cuda {

extern const MeanLaunchers kMeans49 = launchers_from<49>();

}  // namespace zenops::cuda
