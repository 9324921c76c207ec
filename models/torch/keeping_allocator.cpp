#include "models/torch/keeping_allocator.hpp"

#include <c10/core/CPUAllocator.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <unordered_map>
#include <vector>

namespace zenops {
namespace {

constexpr size_t alignment = 64, page = 4096;

/// Freed blocks of this thread. Torch's own thread-locals may free theirs after it is gone.
struct Kept {
  std::unordered_map<size_t, std::vector<char*>> blocks;
  ~Kept() {
    for (auto& [size, same] : blocks)
      for (char* block : same) std::free(block);
    gone = true;
  }
  static thread_local bool gone;
};
thread_local bool Kept::gone = false;
thread_local Kept kept;

class KeepingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t n) override {
    if (n == 0) return {nullptr, nullptr, &release, c10::kCPU};
    const size_t grain = n <= page ? alignment : page, size = (n + grain - 1) / grain * grain;
    char* block = take(size);
    if (!block) block = static_cast<char*>(std::aligned_alloc(alignment, size + header));
    if (!block) throw std::bad_alloc();
    std::memcpy(block, &size, sizeof size);
    return {block + header, block + header, &release, c10::kCPU};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t n) const override { default_copy_data(to, from, n); }

 private:
  static constexpr size_t header = alignment;  // holds the block's size and keeps what follows aligned

  static char* take(size_t size) {
    if (Kept::gone) return nullptr;
    auto& same = kept.blocks[size];
    if (same.empty()) return nullptr;
    char* block = same.back();
    same.pop_back();
    return block;
  }
  static void release(void* memory) {
    if (!memory) return;
    char* block = static_cast<char*>(memory) - header;
    size_t size;
    std::memcpy(&size, block, sizeof size);
    if (Kept::gone) {
      std::free(block);
    } else {
      kept.blocks[size].push_back(block);
    }
  }
};

}  // namespace

void keep_freed_memory() {
  static KeepingAllocator allocator;
  constexpr uint8_t above_default = 1;
  c10::SetCPUAllocator(&allocator, above_default);
}

}  // namespace zenops
