#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace zenops {

/// Floats shared by reference: written by whoever made them until they are sent, read-only from then on. A slice shares
/// its buffer. Aligned to 64 bytes at the buffer's start.
class Row {
 public:
  Row() = default;
  Row(std::shared_ptr<float[]> buffer, size_t offset, size_t size)
      : buffer_(std::move(buffer)), offset_(offset), size_(size) {}
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<const float> view() const { return {buffer_.get() + offset_, size_}; }
  std::span<float> mutable_view() { return {buffer_.get() + offset_, size_}; }
  /// Requires offset + size ≤ this row's size.
  Row slice(size_t offset, size_t size) const { return {buffer_, offset_ + offset, size}; }

 private:
  std::shared_ptr<float[]> buffer_;
  size_t offset_ = 0, size_ = 0;
};

/// Where Rows takes its buffers from. Thread-safe.
class Memory {
 public:
  virtual ~Memory() = default;
  /// Uninitialised, aligned to 64 bytes; may outlive the memory. Throws std::bad_alloc.
  virtual std::shared_ptr<float[]> allocate(size_t floats) = 0;
};

/// This process's own memory. A buffer of 1 MB or more is a mapping of its own, in huge pages where the system has
/// them, and is given back to the system when it is released; it begins at skew(). Nothing is written to a buffer
/// before its caller does, and on a machine of several memories (NUMA) the system puts a page beside the thread that
/// first writes to it: a row lies where it was first filled, and stays there when Rows hands it out again.
std::shared_ptr<Memory> heap();

/// How many bytes into its mapping the `k`-th buffer that has one of its own begins: a multiple of 64. Mappings begin
/// at pages, those in huge pages at 2 MB; rows that began there, too, would all fall into the same few sets of the
/// caches. Of 64 buffers in a row no two begin at the same line of a 4 KB page, whose lines are the first cache's sets,
/// and each is an odd number of lines from the next. Buffers of 1 MB or more are spread over 128 KB, for within a huge
/// page the second cache's sets follow the address, too: the median of 100 rows of 860 000 floats took 129 ms so, and
/// 155 ms when they were spread over 4 KB or not at all; their sum 56 and 62 ms.
size_t skew(size_t k, size_t bytes);

/// Asks for huge pages behind a mapping that is large enough to be worth them; that it is refused changes nothing.
void ask_for_huge_pages(void* begin, size_t bytes);

/// Row buffers, kept when they are released and handed out again: a round needs the same sizes as the one before it.
/// Thread-safe; rows may outlive it.
class Rows {
 public:
  explicit Rows(std::shared_ptr<Memory> memory = heap());
  /// Uninitialised. Buffers are an odd number of cache lines long, so that many rows do not fall into the same sets.
  Row make(size_t size);
  /// Bytes that this pool holds, in use or kept.
  size_t bytes() const;

 private:
  struct Store;
  std::shared_ptr<Store> store_;
};

}  // namespace zenops
