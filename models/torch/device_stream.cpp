#include "models/torch/device_stream.hpp"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <stdexcept>
#include <string>

#include "models/torch/flat.hpp"

namespace zenops {

Record& recorder() {
  static Record record = nullptr;
  return record;
}

DeviceStream::DeviceStream(const Device& device) : device_(device) {
  if (device.kind == Device::Kind::gpu) stream_ = c10::impl::VirtualGuardImpl(at::kCUDA).getStreamFromGlobalPool(torchs(device));
}

c10::OptionalStreamGuard DeviceStream::enter() const { return stream_ ? c10::OptionalStreamGuard(*stream_) : c10::OptionalStreamGuard(); }

void DeviceStream::fail(const std::exception& e) const {
  const std::string what = e.what();
  const std::string where = device_.kind == Device::Kind::gpu ? "gpu " + std::to_string(device_.gpu) : "the device";
  throw std::runtime_error(where + ": " + what.substr(0, what.find('\n')));
}

void Repeated::run(const std::function<void()>& work, const std::function<bool()>& same) {
  constexpr int enough = 2;
  if (recording_) return recording_->replay();
  if (!may_be_recorded_ || runs_ < enough || !same()) {
    ++runs_;
    return work();
  }
  recording_ = recorder()(work);
  recording_->replay();
}

}  // namespace zenops
