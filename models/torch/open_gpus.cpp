#include "models/torch/open_gpus.hpp"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "models/torch/lane.hpp"

namespace zenops {
namespace {

constexpr auto file_name = "libzenops_torch_cuda.so";

/// Beside the library that this is in.
std::filesystem::path beside() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&open_gpus), &info);
  return std::filesystem::path(info.dli_fname).parent_path() / file_name;
}

Expected<int> open() {
  const auto path = beside();
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return fail(Ec::failed, "this build has no " + std::string(file_name) + ": it was made without CUDA");
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed, as torch's other libraries
  if (!library) return fail(Ec::failed, std::string(file_name) + " does not load: " + dlerror());
  const auto record = reinterpret_cast<Record>(dlsym(library, recorder_symbol));
  if (!record) return fail(Ec::failed, path.string() + " is not zenops' library: " + dlerror());
  const int count = c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount();
  if (count == 0) return fail(Ec::failed, "torch finds no GPU that it can use");
  recorder() = record;
  auto& context = at::globalContext();
  context.setAllowTF32CuDNN(false);  // fp32 is fp32
  context.setAllowTF32CuBLAS(false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  return count;
}

}  // namespace

Expected<int> open_gpus() {
  static const Expected<int> opened = open();
  return opened;
}

}  // namespace zenops
