#include "models/device.hpp"

#include "models/torch_library.hpp"

namespace zenops {

bool trains_on_gpus() { return ZENOPS_TRAINS_ON_GPUS; }

std::optional<std::string> load_gpus() {
  if (!trains_on_gpus()) return "this build trains on cores only";
  return torch_library().load_gpus();
}

int count_gpus() { return torch_library().count_gpus(); }

std::string lost_gpu() { return torch_library().lost_gpu(); }

}  // namespace zenops
