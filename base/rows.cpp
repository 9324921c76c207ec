#include "base/rows.hpp"

#include <cstdlib>
#include <new>

namespace zenops {
namespace {

constexpr size_t line = 64;

}  // namespace

struct Rows::Store {
  std::mutex mutex;
  std::unordered_map<size_t, std::vector<float*>> kept;
  size_t bytes = 0;
  ~Store() {
    for (auto& [size, buffers] : kept)
      for (float* buffer : buffers) std::free(buffer);
  }
};

Rows::Rows() : store_(std::make_shared<Store>()) {}

Row Rows::make(size_t size) {
  // An odd number of lines: buffers of one size never sit a multiple of 4 KB apart.
  const size_t bytes = ((size * sizeof(float) + line - 1) / line | 1) * line;
  float* buffer = nullptr;
  {
    std::lock_guard lock(store_->mutex);
    if (auto& kept = store_->kept[bytes]; !kept.empty()) {
      buffer = kept.back();
      kept.pop_back();
    } else {
      store_->bytes += bytes;
    }
  }
  if (!buffer) buffer = static_cast<float*>(std::aligned_alloc(line, bytes));
  if (!buffer) throw std::bad_alloc();
  return {std::shared_ptr<float[]>(buffer,
                                   [store = store_, bytes](float* released) {
                                     std::lock_guard lock(store->mutex);
                                     store->kept[bytes].push_back(released);
                                   }),
          0, size};
}

size_t Rows::bytes() const {
  std::lock_guard lock(store_->mutex);
  return store_->bytes;
}

}  // namespace zenops
