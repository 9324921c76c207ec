#pragma once
#include <optional>
#include <string>

namespace zenops {

/// See TorchLibrary.
std::optional<std::string> load_torchs_gpus();
int count_torchs_gpus();

/// What libzenops_torch_cuda.so, which is linked with torch's library for CUDA, is found by: the function that records.
constexpr auto recorder_symbol = "zenops_record_cuda_graph";

}  // namespace zenops
