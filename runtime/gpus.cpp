#include "runtime/gpus.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>

namespace zenops {
namespace {

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    std::string name = list.substr(begin, end - begin);
    const size_t first = name.find_first_not_of(' '), last = name.find_last_not_of(' ');
    out.push_back(first == std::string::npos ? "" : name.substr(first, last - first + 1));
    begin = end + 1;
  }
  return out;
}

/// The one that is meant; null: none, or several.
const Gpu* named(const std::vector<Gpu>& all, const std::string& name) {
  int index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool number = error == std::errc() && end == name.data() + name.size();
  const bool id = name.starts_with("GPU-") || name.starts_with("MIG-");
  // The numbers of instances are ours, not the driver's.
  const auto fits = [&](const Gpu& gpu) { return number ? gpu.index == index && !gpu.instance : id && gpu.id.starts_with(name); };
  const auto found = std::ranges::find_if(all, fits);
  if (found == all.end() || std::find_if(found + 1, all.end(), fits) != all.end()) return nullptr;
  return &*found;
}

FoundGpus those_named(const std::vector<Gpu>& all, const std::string& variable, const std::string& list) {
  FoundGpus out;
  for (const auto& name : names_in(list)) {
    const Gpu* gpu = named(all, name);
    if (gpu == nullptr || std::ranges::find(out.gpus, gpu->index, &Gpu::index) != out.gpus.end()) break;
    out.gpus.push_back(*gpu);
  }
  std::ranges::sort(out.gpus, {}, &Gpu::index);
  if (out.gpus.empty())
    out.why = variable + "=" + list + " leaves none of " + std::to_string(all.size()) +
              (all.size() == 1 ? " gpu visible" : " gpus visible");
  return out;
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// What of nvml.h is needed. Its functions return 0 when they have done it.
struct Nvml {
  using Device = void*;
  struct Memory {
    unsigned long long total, free, used;
  };
  int (*init)();
  int (*shutdown)();
  int (*count)(unsigned int*);
  int (*device)(unsigned int, Device*);
  int (*memory)(Device, Memory*);
  int (*uuid)(Device, char*, unsigned int);
  // Since driver 450; null before.
  int (*mig_mode)(Device, unsigned int* now, unsigned int* after_reset);
  int (*most_instances)(Device, unsigned int*);
  int (*instance)(Device, unsigned int, Device*);

  /// Whether it is cut into instances.
  bool cut(Device gpu) const {
    unsigned int now = 0, later = 0;
    return mig_mode && most_instances && instance && mig_mode(gpu, &now, &later) == 0 && now == 1;
  }
  /// None: it is broken, or kept from us.
  std::optional<Gpu> described(Device gpu, int index) const {
    Memory its{};
    char id[97] = "";
    if (memory(gpu, &its) != 0 || uuid(gpu, id, sizeof id - 1) != 0) return {};
    return Gpu(index, its.total, id);
  }
};

template <class Function>
bool load(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

FoundGpus all_gpus(const char* path) {
  const std::unique_ptr<void, int (*)(void*)> library(dlopen(path, RTLD_NOW | RTLD_LOCAL), dlclose);
  if (!library) return {{}, std::string(path) + " is not here"};
  Nvml nvml{};
  void* const from = library.get();
  if (!load(from, "nvmlInit_v2", nvml.init) || !load(from, "nvmlShutdown", nvml.shutdown) ||
      !load(from, "nvmlDeviceGetCount_v2", nvml.count) || !load(from, "nvmlDeviceGetHandleByIndex_v2", nvml.device) ||
      !load(from, "nvmlDeviceGetMemoryInfo", nvml.memory) || !load(from, "nvmlDeviceGetUUID", nvml.uuid))
    return {{}, std::string(path) + " lacks what it should have: is it NVIDIA's?"};
  load(from, "nvmlDeviceGetMigMode", nvml.mig_mode);
  load(from, "nvmlDeviceGetMaxMigDeviceCount", nvml.most_instances);
  load(from, "nvmlDeviceGetMigDeviceHandleByIndex", nvml.instance);
  if (const int error = nvml.init())
    return {{}, std::string(path) + " does not find a driver (NVML error " + std::to_string(error) + ")"};
  FoundGpus out;
  unsigned int count = 0;
  if (const int error = nvml.count(&count))
    out.why = std::string(path) + " cannot count gpus (NVML error " + std::to_string(error) + ")";
  count = std::min(count, static_cast<unsigned int>(NodeSpec::most_gpus));
  std::vector<Gpu> instances;
  for (unsigned int k = 0; k < count; ++k) {
    Nvml::Device device = nullptr;
    // One that is broken or kept from us is left out; the others keep their numbers.
    if (nvml.device(k, &device) != 0) continue;
    if (!nvml.cut(device)) {
      if (const auto gpu = nvml.described(device, static_cast<int>(k))) out.gpus.push_back(*gpu);
      continue;
    }
    unsigned int most = 0;
    if (nvml.most_instances(device, &most) != 0) continue;
    for (unsigned int i = 0; i < std::min(most, static_cast<unsigned int>(NodeSpec::most_gpus)); ++i) {
      Nvml::Device instance = nullptr;
      if (nvml.instance(device, i, &instance) != 0) continue;  // there are fewer than there could be
      if (const auto gpu = nvml.described(instance, static_cast<int>(count + instances.size()))) instances.push_back(*gpu);
    }
  }
  instances.resize(std::min(instances.size(), NodeSpec::most_gpus - out.gpus.size()), Gpu(0));
  out.gpus.insert(out.gpus.end(), instances.begin(), instances.end());
  nvml.shutdown();
  if (out.gpus.empty() && out.why.empty()) out.why = "the driver has no gpu for us";
  return out;
}

}  // namespace

FoundGpus visible_gpus(const std::vector<Gpu>& all, const std::optional<std::string>& cuda,
                       const std::optional<std::string>& nvidia) {
  if (cuda) return those_named(all, "CUDA_VISIBLE_DEVICES", *cuda);
  if (!nvidia || nvidia->empty() || *nvidia == "all") return {all, ""};
  if (*nvidia != "none" && *nvidia != "void" && names_in(*nvidia).size() == all.size()) return {all, ""};
  return those_named(all, "NVIDIA_VISIBLE_DEVICES", *nvidia);
}

FoundGpus find_gpus(const char* library) {
  FoundGpus all = all_gpus(library);
  return all.gpus.empty()
             ? all
             : visible_gpus(all.gpus, environment("CUDA_VISIBLE_DEVICES"), environment("NVIDIA_VISIBLE_DEVICES"));
}

std::string visible_devices(const std::vector<Gpu>& gpus) {
  std::string out;
  for (const Gpu& gpu : gpus) out += (out.empty() ? "" : ",") + (gpu.id.empty() ? std::to_string(gpu.index) : gpu.id);
  return out;
}

}  // namespace zenops
