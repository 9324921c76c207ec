#include "models/torch/device_stream.hpp"

#include <iostream>
#include <mutex>
#include <stdexcept>

#include "base/first_line.hpp"

namespace zenops {
namespace {

std::shared_mutex recordings;  // CUDA wants nothing of this process but what is recorded while it is
thread_local std::shared_lock<std::shared_mutex>* turn_of_this_thread = nullptr;

std::mutex lost_mutex;
std::string lost;

std::string name_of(const Device& device) {
  return device.kind == Device::Kind::gpu ? "gpu " + std::to_string(device.gpu) : "the device";
}

}  // namespace

const CudaLibrary*& cuda_library() {
  static const CudaLibrary* library = nullptr;
  return library;
}

std::string lost_device() {
  std::lock_guard lock(lost_mutex);
  return lost;
}

DeviceStream::Turn::Turn(bool wanted) : lock_(recordings, std::defer_lock) {
  if (!wanted) return;
  lock_.lock();
  turn_of_this_thread = &lock_;
}
DeviceStream::Turn::~Turn() { turn_of_this_thread = nullptr; }

DeviceStream::DeviceStream(const Device& device) : device_(device) {
  if (device.kind == Device::Kind::gpu) stream_ = cuda_library()->make_stream(device.gpu);
}

c10::OptionalStreamGuard DeviceStream::enter() const { return stream_ ? c10::OptionalStreamGuard(*stream_) : c10::OptionalStreamGuard(); }

void DeviceStream::fail(const std::exception& e) const {
  const std::string what = name_of(device_) + ": " + first_line(e.what());
  try {
    if (stream_) stream_->synchronize();  // before anybody writes again to what is on its way
  } catch (const std::exception&) {
    // What has ended a CUDA context is said again by everything that is asked of it.
    std::lock_guard lock(lost_mutex);
    if (lost.empty()) lost = what;
  }
  throw std::runtime_error(what);
}

void DeviceStream::alone(const std::function<void()>& work) {
  auto* turn = turn_of_this_thread;
  if (!turn) return work();
  turn->unlock();
  struct Back {
    std::shared_lock<std::shared_mutex>& turn;
    ~Back() { turn.lock(); }
  } const back{*turn};
  const std::unique_lock lock(recordings);
  work();
}

void Repeated::run(const std::function<void()>& work, const std::function<bool()>& same) {
  if (recording_) return recording_->replay();
  if (!may_be_recorded_ || !done_by_.contains(std::this_thread::get_id()) || !same()) {
    work();
    done_by_.insert(std::this_thread::get_id());
    return;
  }
  try {
    DeviceStream::alone([&] { recording_ = cuda_library()->record(work); });
  } catch (const std::exception& e) {
    may_be_recorded_ = false;
    std::cerr << name_of(device_) + ": what is asked of it cannot be recorded, and is asked anew each time: " + first_line(e.what()) + '\n';
    return work();
  }
  recording_->replay();
}

}  // namespace zenops
