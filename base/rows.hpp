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

std::shared_ptr<Memory> heap();

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
