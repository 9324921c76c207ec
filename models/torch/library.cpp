#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include "models/torch/keeping_allocator.hpp"
#include "models/torch/torch_replica.hpp"
#include "models/torch_library.hpp"

namespace zenops {
namespace {

void prepare_thread() {
  at::set_num_threads(1);
  at::globalContext().setFlushDenormal(true);  // a register of the thread
}

const TorchLibrary* open() {
  keep_freed_memory();
  at::set_num_threads(1);  // threads that nobody prepared find it so, too
  static constexpr TorchLibrary library{make_torch_replica, prepare_thread};
  return &library;
}

}  // namespace
}  // namespace zenops

extern "C" __attribute__((visibility("default"))) const zenops::TorchLibrary* zenops_torch_library() {
  static const zenops::TorchLibrary* const library = zenops::open();
  return library;
}
