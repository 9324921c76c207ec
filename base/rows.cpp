#include "base/rows.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace zenops {
namespace {

constexpr size_t line = 64, large = 1 << 20, huge_page = 2 << 20;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

void unmap(std::byte* begin, const std::byte* end) {
  if (begin != end) munmap(begin, static_cast<size_t>(end - begin));
}

/// A mapping for one buffer that begins `before` bytes into it.
std::shared_ptr<float[]> map(size_t before, size_t bytes) {
  static const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t length = round_up(before + bytes, page);
  // The system aligns to huge pages only what is a multiple of them long; what lies before the first is small pages.
  const size_t alignment = length < huge_page ? page : huge_page, room = length + alignment - page;
  void* const mapped = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  const auto first = static_cast<std::byte*>(mapped);
  const auto address = reinterpret_cast<uintptr_t>(mapped);
  std::byte* const begin = first + (round_up(address, alignment) - address);
  unmap(first, begin);
  unmap(begin + length, first + room);
  ask_for_huge_pages(begin, length);
  return {reinterpret_cast<float*>(begin + before), [begin, length](float*) { unmap(begin, begin + length); }};
}

class Heap final : public Memory {
 public:
  std::shared_ptr<float[]> allocate(size_t floats) override {
    const size_t bytes = round_up(floats * sizeof(float), line);
    if (bytes >= large) {
      // Counted over all heaps: rows that meet in a rule were made by many.
      static std::atomic<size_t> made = 0;
      return map(skew(made++, bytes), bytes);
    }
    const auto buffer = static_cast<float*>(std::aligned_alloc(line, bytes));
    if (!buffer) throw std::bad_alloc();
    return {buffer, [](float* released) { std::free(released); }};
  }
};

}  // namespace

std::shared_ptr<Memory> heap() { return std::make_shared<Heap>(); }

size_t skew(size_t k, size_t bytes) {
  // In lines. Nearly always the same step, for the processor foresees where the next of many rows is read when all are
  // equally far apart: a loop that reads two lines of each took a third longer where they were spread at golden
  // sections.
  constexpr size_t lines_of_page = 64, lines_of_cache = 2048, step = 17;
  return k % lines_of_cache * step % (bytes < large ? lines_of_page : lines_of_cache) * line;
}

void ask_for_huge_pages(void* begin, size_t bytes) {
  if (bytes >= large) madvise(begin, bytes, MADV_HUGEPAGE);
}

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
