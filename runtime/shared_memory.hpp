#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

#include "base/expected.hpp"
#include "base/rows.hpp"

namespace zenops {

/// Where another process of the host finds a row: in a file in memory that this process holds open. Counts floats.
struct RowHandle {
  uint32_t pid;
  int fd;
  uint64_t inode;
  uint64_t offset, size;
  bool operator==(const RowHandle&) const = default;
};

/// Memory that other processes of this host and this user may map and read, never write or resize: one sealed file for
/// each buffer of 64 KB or more, which goes with the last process that holds it. Smaller buffers, and those for which
/// there is no room in the table of open files, come from the heap and have no handle. In their files buffers begin at
/// skew(), counted from the process's number on. As on the heap, pages lie where they are first written; huge ones
/// only where the system has them for shared memory (transparent_hugepage/shmem_enabled), which is seldom. Thread-safe.
class SharedMemory final : public Memory {
 public:
  SharedMemory();
  std::shared_ptr<float[]> allocate(size_t floats) override;
  /// None when the floats are not all in one buffer that was allocated here, and is shared.
  std::optional<RowHandle> handle(std::span<const float> floats) const;

 private:
  struct Segments;
  std::shared_ptr<Segments> segments_;
  const std::shared_ptr<Memory> heap_ = heap();
};

/// Rows in other processes' SharedMemory. What has been mapped stays so, for its owner will use it again. Thread-safe.
class MappedRows {
 public:
  /// Keeps up to `limit` bytes mapped for later: those mapped last.
  explicit MappedRows(size_t limit = size_t{4} << 30) : limit_(limit) {}
  /// Where there is no such row, or it could change its size or vanish under a reader, the error says so, and
  /// `released` is not called. The row outlives its owner's process and this object, and is only to be read;
  /// `released` is called once, when its last copy is gone, on that thread: the owner may then use its memory again.
  Expected<Row> map(const RowHandle& handle, std::function<void()> released);
  /// The process has ended. Its rows that are still held stay as they are.
  void forget(uint32_t pid);
  /// Bytes kept mapped for later, in use or not.
  size_t bytes() const;

 private:
  struct Mapping;
  using Place = std::pair<uint32_t, int>;  // a process and its file descriptor
  using Kept = std::list<std::pair<Place, std::shared_ptr<Mapping>>>;
  static Expected<std::shared_ptr<Mapping>> open(const RowHandle& handle);
  /// Takes it from what is kept, to be let go of when the lock is.
  void drop(Kept::iterator it, Kept& dropped);

  const size_t limit_;
  mutable std::mutex mutex_;
  Kept kept_;  // the one used last first
  std::map<Place, Kept::iterator> found_;
  size_t bytes_ = 0;
};

}  // namespace zenops
