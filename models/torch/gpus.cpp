#include "models/torch/gpus.hpp"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <filesystem>

#include "models/torch/device_stream.hpp"

namespace zenops {
namespace {

constexpr auto file_name = "libzenops_torch_cuda.so";

/// Beside the library that this is in.
std::filesystem::path beside() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&load_torchs_gpus), &info);
  return std::filesystem::path(info.dli_fname).parent_path() / file_name;
}

std::optional<std::string> load() {
  const auto path = beside();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed, as torch's other libraries
  if (!library) return path.string() + " does not load: " + dlerror();
  const auto offer = reinterpret_cast<const CudaLibrary* (*)()>(dlsym(library, cuda_library_symbol));
  if (!offer) return path.string() + " is not zenops' library: " + dlerror();
  cuda_library() = offer();
  auto& context = at::globalContext();
  context.setAllowTF32CuDNN(false);  // fp32 is fp32
  context.setAllowTF32CuBLAS(false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  return {};
}

}  // namespace

std::optional<std::string> load_torchs_gpus() {
  static const std::optional<std::string> missing = load();
  return missing;
}

int count_torchs_gpus() { return cuda_library() ? c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount() : 0; }

void release_torchs_gpu_memory() { cuda_library()->release_memory(); }

}  // namespace zenops
