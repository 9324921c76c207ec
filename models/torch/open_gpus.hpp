#pragma once
#include "base/expected.hpp"

namespace zenops {

/// See TorchLibrary::open_gpus.
Expected<int> open_gpus();

/// What libzenops_torch_cuda.so, linked with torch's library for CUDA, is found by: the function that records.
constexpr auto recorder_symbol = "zenops_record_cuda_graph";

}  // namespace zenops
