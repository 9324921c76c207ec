#include "aggregation/cuda/mean_kernel.cuh"

namespace zenops::cuda {

extern const MeanLaunchers kMeans17 = launchers_from<17>();

}  // namespace zenops::cuda
