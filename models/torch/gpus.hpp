#pragma once
#include <optional>
#include <string>

namespace zenops {

/// See TorchLibrary.
std::optional<std::string> load_torchs_gpus();
int count_torchs_gpus();

/// Gives the GPUs back what torch keeps of their memory without using it; after load_torchs_gpus() only.
void release_torchs_gpu_memory();

/// The one symbol of libzenops_torch_cuda.so: `extern "C" const CudaLibrary* zenops_cuda_library()` (device_stream.hpp).
constexpr auto cuda_library_symbol = "zenops_cuda_library";

}  // namespace zenops
