#pragma once
#include <c10/core/StreamGuard.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>

#include "models/device.hpp"

namespace zenops {

/// Work that a GPU was given once, to be given again in one launch.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

/// What libzenops_torch_cuda.so, which is linked with torch's library for CUDA, offers.
struct CudaLibrary {
  /// Records what `work` asks of the current stream, which does not do it. What work throws leaves nothing recorded, and goes on.
  std::unique_ptr<Recording> (*record)(const std::function<void()>& work);
  /// A stream that nobody else has; it stays as long as the process. Torch's own come from a pool and may be shared.
  c10::Stream (*make_stream)(int gpu);
  /// Gives the GPUs back what torch keeps of their memory without using it.
  void (*release_memory)();
};
/// Once GPUs are loaded; before, null.
const CudaLibrary*& cuda_library();

/// A device's stream of its own: what is asked for while a thread is in it is done in order, beside what others ask for. On cores
/// nothing.
class DeviceStream {
 public:
  explicit DeviceStream(const Device& device);
  /// What `work` returns, done in it. What torch throws of it becomes an std::runtime_error of one line that names the device; by
  /// then the stream is idle, or the GPU lost.
  template <class Work>
  auto with(Work work) const {
    const Turn turn(device_.kind == Device::Kind::gpu);
    try {
      const auto guard = enter();
      return work();
    } catch (const std::exception& e) {
      fail(e);
    }
  }
  /// From within with(): does this while no other thread of the process asks anything of a GPU.
  static void alone(const std::function<void()>& work);

 private:
  /// Shared by all who ask something of a GPU.
  class Turn {
   public:
    explicit Turn(bool wanted);
    ~Turn();
    Turn(const Turn&) = delete;

   private:
    std::shared_lock<std::shared_mutex> lock_;
  };
  c10::OptionalStreamGuard enter() const;
  [[noreturn]] void fail(const std::exception& e) const;
  const Device device_;
  std::optional<c10::Stream> stream_;
};

/// How a GPU failed of which nothing more can come in this process, in one line; empty: none has.
std::string lost_device();

/// Work that is the same each time. On a GPU it is recorded as soon as somebody asks for it who has done it before, so that whatever a
/// thread's first run prepares is there, and from then on replayed; where that fails it is done each time, which is said once.
class Repeated {
 public:
  /// Unless it may be recorded, all is done anew each time.
  Repeated(const Device& device, bool may_be_recorded)
      : device_(device), may_be_recorded_(may_be_recorded && device.kind == Device::Kind::gpu) {}
  /// In a stream. `same`: whether what has just been done is what would be replayed.
  void run(const std::function<void()>& work, const std::function<bool()>& same);

 private:
  const Device device_;
  bool may_be_recorded_;
  std::set<std::thread::id> done_by_;
  std::unique_ptr<Recording> recording_;
};

}  // namespace zenops
