#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "aggregation/cuda/error.hpp"

/// A card, in plain C++: these headers are there in a build without CUDA, too, where there are no cards.
namespace zenops::cuda {

/// A card that this process sees.
struct Card {
  int index = 0;          // as CUDA counts them, after CUDA_VISIBLE_DEVICES
  std::string name = {};  // "NVIDIA H100 80GB HBM3"
  size_t memory = 0;      // bytes
  int multiprocessors = 0;
  int major = 0, minor = 0;  // compute capability
};

/// Whether this build has CUDA.
bool compiled();
/// Those that the kernels are for: compute capability 8.0 and up, and 145.1 KB of shared memory for a block, which
/// those of 8.6, 8.9 and 12.x do not have (99 KB). Empty where there is none; never throws.
std::vector<Card> cards();
/// Why cards() is empty, in a few words ("built without CUDA", "no CUDA-capable device is detected"); empty where it is
/// not.
std::string why_no_cards();

/// Bytes of a card's memory that nobody has taken now, this process's own context apart. Throws Error.
size_t free_memory(const Card& card);

/// "CUDA 13.0, driver 13.0"; "built without CUDA"
std::string versions();

struct DeviceOptions {
  int index = 0;                     // which card
  size_t cap = SIZE_MAX;             // bytes of its memory that are taken at most
  size_t staging = 4 * 1024 * 1024;  // bytes of each of the two pinned buffers that copies go through
};

class Device;

/// Floats on a card; given back to its device, which must outlive them.
class DeviceRow {
 public:
  DeviceRow() = default;
  DeviceRow(DeviceRow&&) noexcept = default;
  DeviceRow& operator=(DeviceRow&&) noexcept = default;
  float* data() const { return memory_.get(); }  // an address of the card's
  size_t size() const { return size_; }

 private:
  friend class Device;
  struct GiveBack {
    Device* device;
    void operator()(float* memory) const noexcept;
  };
  std::unique_ptr<float, GiveBack> memory_;
  size_t size_ = 0;
};

/// One stream of work on one card, the memory that it takes and the buffers that copies go through. What is asked of it
/// is done in order; all but download() and wait() may return before it is done. Any thread may use it, one at a time.
/// Everything throws Error, whose one line names the card: also for work that was asked for before.
class Device {
 public:
  /// Throws Error where there is no such card ("no GPU 3: there are 2").
  explicit Device(const DeviceOptions& options = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Card& card() const;
  /// Uninitialised floats. What was given back is handed out again at once: the stream keeps the order of its uses.
  DeviceRow make(size_t size);
  /// to (from.size()), on the card. `from` may change once this returns; it is copied while what came before is still
  /// on its way.
  void upload(std::span<const float> from, float* to);
  /// to = what lies at `from`, on the card; it is there when this returns.
  void download(const float* from, std::span<float> to);
  /// A copy within the card.
  void copy(const float* from, float* to, size_t size);
  /// Until all that was asked for is done.
  void wait();
  /// Seconds that the card worked on what `work` asks of this device.
  template <class Work>
  double seconds(Work work) {
    begin_timing();
    work();
    return end_timing();
  }

  size_t bytes_in_use() const;
  size_t bytes_held() const;  // in use, or kept to be handed out again

  struct Parts;
  Parts& parts() { return *parts_; }  // for the kernels' launchers

 private:
  friend struct DeviceRow::GiveBack;
  void begin_timing();
  double end_timing();
  std::unique_ptr<Parts> parts_;
};

/// Rows of the processor's memory on a card; null stays null.
class Uploaded {
 public:
  /// rows: pointers to `size` floats each.
  Uploaded(Device& device, std::span<const float* const> rows, size_t size);
  std::span<const float* const> rows() const { return pointers_; }  // the card's addresses

 private:
  std::vector<DeviceRow> memory_;
  std::vector<const float*> pointers_;
};

}  // namespace zenops::cuda
