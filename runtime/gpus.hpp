#pragma once
#include <optional>
#include <string>
#include <vector>

#include "runtime/ledger.hpp"

namespace zenops {

/// The GPUs that a process here may use, or why there are none.
struct FoundGpus {
  std::vector<Gpu> gpus = {};
  std::string why = {};  // "libnvidia-ml.so.1 is not here"; empty when there are some
};

/// What of a machine's GPUs, in their order, is visible where CUDA_VISIBLE_DEVICES and NVIDIA_VISIBLE_DEVICES say this
/// (none: they are not set). The former counts where both are set. As CUDA reads it: numbers of nvidia-smi or
/// beginnings of "GPU-…" names, of instances (MIG) of "MIG-…" names, up to the first that is none or stands twice; empty:
/// no GPU. With NVIDIA_VISIBLE_DEVICES "all" and "" are all, "none" and "void" no GPU, and so many names as there are GPUs
/// are these: a container has been given them already, and numbers them anew.
FoundGpus visible_gpus(const std::vector<Gpu>& all, const std::optional<std::string>& cuda,
                       const std::optional<std::string>& nvidia);

/// Those that the driver has, by its management library, which is opened for this (no GPU is touched), as far as the
/// environment leaves them visible. At most NodeSpec::most_gpus are believed. Of a GPU that is cut into instances (MIG) these
/// are, each with its own memory, and it is not: CUDA computes on nothing else then. Their numbers follow those of the GPUs.
FoundGpus find_gpus(const char* library = "libnvidia-ml.so.1");

/// The value of CUDA_VISIBLE_DEVICES with which a process sees just these.
std::string visible_devices(const std::vector<Gpu>& gpus);

}  // namespace zenops
