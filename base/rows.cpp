#include "base/rows.hpp"

#include <cstdlib>
#include <new>

namespace zenops {
namespace {

constexpr size_t line = 64;

class Heap final : public Memory {
 public:
  std::shared_ptr<float[]> allocate(size_t floats) override {
    const size_t bytes = (floats * sizeof(float) + line - 1) / line * line;
    const auto buffer = static_cast<float*>(std::aligned_alloc(line, bytes));
    if (!buffer) throw std::bad_alloc();
    return {buffer, [](float* released) { std::free(released); }};
  }
};

}  // namespace

std::shared_ptr<Memory> heap() { return std::make_shared<Heap>(); }

struct Rows::Store {
  std::shared_ptr<Memory> memory;
  std::mutex mutex;
  std::unordered_map<size_t, std::vector<std::shared_ptr<float[]>>> kept;
  size_t bytes = 0;
};

Rows::Rows(std::shared_ptr<Memory> memory) : store_(std::make_shared<Store>()) { store_->memory = std::move(memory); }

Row Rows::make(size_t size) {
  // An odd number of lines: buffers of one size never sit a multiple of 4 KB apart.
  const size_t bytes = ((size * sizeof(float) + line - 1) / line | 1) * line;
  std::shared_ptr<float[]> buffer;
  {
    std::lock_guard lock(store_->mutex);
    if (auto& kept = store_->kept[bytes]; !kept.empty()) {
      buffer = std::move(kept.back());
      kept.pop_back();
    } else {
      store_->bytes += bytes;
    }
  }
  if (!buffer) buffer = store_->memory->allocate(bytes / sizeof(float));
  float* const floats = buffer.get();
  return {std::shared_ptr<float[]>(floats,
                                   [store = store_, buffer = std::move(buffer), bytes](float*) mutable {
                                     std::lock_guard lock(store->mutex);
                                     store->kept[bytes].push_back(std::move(buffer));
                                   }),
          0, size};
}

size_t Rows::bytes() const {
  std::lock_guard lock(store_->mutex);
  return store_->bytes;
}

}  // namespace zenops
