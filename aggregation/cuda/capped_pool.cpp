#include "aggregation/cuda/capped_pool.hpp"

#include <cassert>
#include <cstdio>
#include <utility>

#include "aggregation/cuda/error.hpp"

namespace zenops::cuda {
namespace {

std::string in_megabytes(size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

}  // namespace

CappedPool::CappedPool(std::unique_ptr<Source> source, size_t cap, std::string whose)
    : source_(std::move(source)), cap_(cap), whose_(std::move(whose)) {}

CappedPool::~CappedPool() {
  assert(used_.empty());
  release_kept();
}

void* CappedPool::take(size_t bytes) {
  constexpr size_t step = 256;
  const std::lock_guard lock(mutex_);
  const size_t size = bytes <= cap_ ? (bytes + step - 1) / step * step : bytes;
  void* memory = nullptr;
  if (const auto found = kept_.find(size); found != kept_.end()) {
    memory = found->second;
    kept_.erase(found);
    kept_bytes_ -= size;
  } else {
    if (size > cap_ || in_use_ + kept_bytes_ > cap_ - size) release_kept();
    if (size > cap_ || in_use_ > cap_ - size)
      throw NoRoom(whose_ + ": " + in_megabytes(size) + " more than the " + in_megabytes(in_use_) +
                   " in use would pass the cap of " + in_megabytes(cap_));
    memory = allocate(size);
  }
  used_[memory] = size;
  in_use_ += size;
  return memory;
}

void* CappedPool::allocate(size_t size) {
  try {
    return source_->allocate(size);
  } catch (const NoRoom&) {
    // Others may have taken the card's memory, and what is kept here is in nobody's use.
    if (kept_.empty()) throw;
    release_kept();
    return source_->allocate(size);
  }
}

void CappedPool::give_back(void* memory) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = used_.find(memory);
  assert(found != used_.end());
  in_use_ -= found->second;
  kept_bytes_ += found->second;
  kept_.emplace(found->second, memory);
  used_.erase(found);
}

void CappedPool::release_kept() {
  for (const auto& [size, memory] : kept_) source_->release(memory);
  kept_.clear();
  kept_bytes_ = 0;
}

size_t CappedPool::in_use() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

size_t CappedPool::held() const {
  const std::lock_guard lock(mutex_);
  return in_use_ + kept_bytes_;
}

}  // namespace zenops::cuda
