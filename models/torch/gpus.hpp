#pragma once
#include <optional>
#include <string>

namespace zenops {

/// See TorchLibrary.
std::optional<std::string> load_torchs_gpus();
int count_torchs_gpus();

/// The one symbol of libzenops_torch_cuda.so: `extern "C" const CudaLibrary* zenops_cuda_library()` (device_stream.hpp).
constexpr auto cuda_library_symbol = "zenops_cuda_library";

}  // namespace zenops
