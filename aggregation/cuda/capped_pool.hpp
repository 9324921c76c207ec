#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace zenops::cuda {

/// Where a pool takes its memory from.
class Source {
 public:
  virtual ~Source() = default;
  /// Throws Error; NoRoom where there is too little.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
};

/// Memory that is kept when it is given back and handed out again, of which there is never more than a cap.
/// Thread-safe.
class CappedPool {
 public:
  /// `whose` is the subject of what is said when the cap is reached ("GPU 0").
  CappedPool(std::unique_ptr<Source> source, size_t cap, std::string whose);
  ~CappedPool();
  CappedPool(const CappedPool&) = delete;
  CappedPool& operator=(const CappedPool&) = delete;

  /// At least so many bytes, by 256. What is kept of other sizes is released before the cap, or what the source has, is
  /// found too small. Throws NoRoom where it is, and what else the source throws. O(log k) for k sizes that are kept.
  void* take(size_t bytes);
  /// What take() gave.
  void give_back(void* memory) noexcept;

  size_t in_use() const;  // bytes
  size_t held() const;    // in use or kept
  size_t cap() const { return cap_; }

 private:
  void* allocate(size_t size);
  void release_kept();

  const std::unique_ptr<Source> source_;
  const size_t cap_;
  const std::string whose_;
  mutable std::mutex mutex_;
  std::multimap<size_t, void*> kept_;  // by size
  std::map<void*, size_t> used_;
  size_t in_use_ = 0, kept_bytes_ = 0;
};

}  // namespace zenops::cuda
