#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>

#include "models/torch/device_replica.hpp"
#include "models/torch/device_stream.hpp"
#include "models/torch/gpus.hpp"
#include "models/torch/joint_replica.hpp"
#include "models/torch/keeping_allocator.hpp"
#include "models/torch/peers.hpp"
#include "models/torch/plain_loop.hpp"
#include "models/torch/script.hpp"
#include "models/torch/script_noise.hpp"
#include "models/torch/torch_replica.hpp"
#include "models/torch_library.hpp"

namespace zenops {
namespace {

void prepare_thread() {
  at::set_num_threads(1);
  at::globalContext().setFlushDenormal(true);  // a register of the thread
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
  at::autocast::set_autocast_cache_enabled(false);  // casts again what it would keep: no state between steps
}

const TorchLibrary* open() {
  keep_freed_memory();
  at::set_num_threads(1);  // threads that nobody prepared find it so, too
  replace_torchs_masks();
  static constexpr TorchLibrary library{make_torch_replica, make_torch_joint_replica, make_launching_replica, read_script,
                                         make_torchs_plain_loop, make_torchs_peer, prepare_thread, load_torchs_gpus,
                                         count_torchs_gpus, lost_device};
  return &library;
}

}  // namespace
}  // namespace zenops

extern "C" __attribute__((visibility("default"))) const zenops::TorchLibrary* zenops_torch_library() {
  static const zenops::TorchLibrary* const library = zenops::open();
  return library;
}
