#pragma once
#include <c10/core/StreamGuard.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "models/device.hpp"

namespace zenops {

/// Work that a GPU was given once, to be given again in one launch.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};
/// Records what `work` asks of the current stream, which does not do it.
using Record = std::unique_ptr<Recording> (*)(const std::function<void()>& work);
/// Of GPUs, once they are opened; before, and where there are none, null.
Record& recorder();

/// A device's stream of its own: what is asked for while a thread is in it is done in order, beside what others ask for. On cores
/// nothing.
class DeviceStream {
 public:
  explicit DeviceStream(const Device& device);
  /// What `work` returns, done in it. What torch throws of it becomes an std::runtime_error of one line that names the device.
  template <class Work>
  auto with(Work work) const {
    const auto guard = enter();
    try {
      return work();
    } catch (const std::exception& e) {
      fail(e);
    }
  }

 private:
  c10::OptionalStreamGuard enter() const;
  [[noreturn]] void fail(const std::exception& e) const;
  const Device device_;
  std::optional<c10::Stream> stream_;
};

/// Work that is the same each time: on a GPU it is recorded when it is asked for the third time, and from then on replayed. By
/// then whatever a first run prepares is there.
class Repeated {
 public:
  explicit Repeated(const Device& device) : may_be_recorded_(device.kind == Device::Kind::gpu) {}
  /// `same`: whether what has just been done is what would be replayed.
  void run(const std::function<void()>& work, const std::function<bool()>& same);

 private:
  const bool may_be_recorded_;
  int runs_ = 0;
  std::unique_ptr<Recording> recording_;
};

}  // namespace zenops
