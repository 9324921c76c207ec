#include "runtime/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "runtime/fd.hpp"

namespace zenops {
namespace {

constexpr size_t smallest = 1 << 16;

}  // namespace

struct SharedMemory::Segments {
  struct Segment {
    std::byte* end;
    Fd file;
    ino_t inode;
  };
  std::mutex mutex;
  std::map<std::byte*, Segment> by_begin;
  // Rows of many processes meet in one that reads them: each begins elsewhere.
  std::atomic<size_t> made = static_cast<size_t>(getpid());
};

SharedMemory::SharedMemory() : segments_(std::make_shared<Segments>()) {}

std::shared_ptr<float[]> SharedMemory::allocate(size_t floats) {
  if (floats * sizeof(float) < smallest) return heap_->allocate(floats);
  const size_t size = floats * sizeof(float), before = skew(segments_->made++, size), bytes = before + size;
  Fd file(memfd_create("zenops-row", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  struct stat status;
  if (!file || ftruncate(file.get(), static_cast<off_t>(bytes)) != 0 || fstat(file.get(), &status) != 0)
    return heap_->allocate(floats);
  void* const mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return heap_->allocate(floats);
  const auto begin = static_cast<std::byte*>(mapped);
  // This mapping stays writable; there will be no other.
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0) {
    munmap(begin, bytes);
    return heap_->allocate(floats);
  }
  ask_for_huge_pages(begin, bytes);
  {
    std::lock_guard lock(segments_->mutex);
    segments_->by_begin.emplace(begin, Segments::Segment{begin + bytes, std::move(file), status.st_ino});
  }
  return {reinterpret_cast<float*>(begin + before), [segments = segments_, begin, bytes](float*) {
            // Forgotten before it is unmapped: the address may be somebody else's at once.
            Segments::Segment gone;
            {
              std::lock_guard lock(segments->mutex);
              const auto it = segments->by_begin.find(begin);
              gone = std::move(it->second);
              segments->by_begin.erase(it);
            }
            munmap(begin, bytes);
          }};
}

std::optional<RowHandle> SharedMemory::handle(std::span<const float> floats) const {
  // Only compared with, never written to.
  const auto bytes = std::as_bytes(floats);
  const auto begin = const_cast<std::byte*>(bytes.data());
  std::lock_guard lock(segments_->mutex);
  auto it = segments_->by_begin.upper_bound(begin);
  if (it == segments_->by_begin.begin()) return std::nullopt;
  --it;
  const auto& [segment_begin, segment] = *it;
  if (begin >= segment.end || bytes.size() > static_cast<size_t>(segment.end - begin)) return std::nullopt;
  return RowHandle{static_cast<uint32_t>(getpid()), segment.file.get(), segment.inode,
                   static_cast<size_t>(begin - segment_begin) / sizeof(float), floats.size()};
}

struct MappedRows::Mapping {
  float* floats;
  uint64_t size;
  ino_t inode;
  Mapping(float* floats, uint64_t size, ino_t inode) : floats(floats), size(size), inode(inode) {}
  Mapping(const Mapping&) = delete;
  ~Mapping() { munmap(floats, bytes()); }
  size_t bytes() const { return size * sizeof(float); }
};

Expected<std::shared_ptr<MappedRows::Mapping>> MappedRows::open(const RowHandle& handle) {
  const std::string path = "/proc/" + std::to_string(handle.pid) + "/fd/" + std::to_string(handle.fd);
  const auto refuse = [&path](Ec code, const std::string& what) {
    return fail(code, "a row in " + path + ": " + what);
  };
  // Not to wait at what is a pipe.
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return refuse(Ec::unreachable, std::strerror(errno));
  struct stat status;
  if (fstat(file.get(), &status) != 0) return refuse(Ec::unreachable, std::strerror(errno));
  // A shorter file under a mapping is SIGBUS for who reads it; a changing one is a message that is not what was
  // checked.
  const int wanted = F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE, seals = fcntl(file.get(), F_GET_SEALS);
  if (seals < 0) return refuse(Ec::malformed, "this is not shared memory");
  if ((seals & wanted) != wanted) return refuse(Ec::malformed, "the memory is not sealed");
  if (status.st_ino != handle.inode) return refuse(Ec::stale, "this is another row's memory by now");
  const uint64_t size = static_cast<uint64_t>(status.st_size) / sizeof(float);
  if (size == 0) return refuse(Ec::malformed, "the memory is empty");
  void* const mapped = mmap(nullptr, size * sizeof(float), PROT_READ, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return refuse(Ec::failed, std::string("it cannot be mapped: ") + std::strerror(errno));
  return std::make_shared<Mapping>(static_cast<float*>(mapped), size, status.st_ino);
}

Expected<Row> MappedRows::map(const RowHandle& handle, std::function<void()> released) {
  std::shared_ptr<Mapping> mapping;
  Kept dropped;  // unmapped without the lock
  {
    std::lock_guard lock(mutex_);
    const Place place{handle.pid, handle.fd};
    if (const auto it = found_.find(place); it != found_.end()) {
      if (it->second->second->inode == handle.inode) {
        mapping = it->second->second;
        kept_.splice(kept_.begin(), kept_, it->second);
      } else {
        drop(it->second, dropped);  // the owner has closed that one
      }
    }
    if (!mapping) {
      auto opened = open(handle);
      if (!opened && opened.error().code == Ec::failed && !kept_.empty()) {
        // There is a limit on the number of mappings, too.
        while (!kept_.empty()) drop(kept_.begin(), dropped);
        dropped.clear();
        opened = open(handle);
      }
      if (!opened) return tl::unexpected(opened.error());
      mapping = *opened;
      kept_.emplace_front(place, mapping);
      found_[place] = kept_.begin();
      bytes_ += mapping->bytes();
      while (bytes_ > limit_) drop(std::prev(kept_.end()), dropped);
    }
  }
  if (handle.offset > mapping->size || handle.size > mapping->size - handle.offset)
    return fail(Ec::malformed, "a row of " + std::to_string(handle.size) + " floats at " +
                                   std::to_string(handle.offset) + " in a memory of " + std::to_string(mapping->size));
  float* const floats = mapping->floats;
  return Row(std::shared_ptr<float[]>(floats,
                                      [mapping = std::move(mapping), released = std::move(released)](float*) mutable {
                                        mapping.reset();
                                        if (released) released();
                                      }),
             handle.offset, handle.size);
}

void MappedRows::drop(Kept::iterator it, Kept& dropped) {
  bytes_ -= it->second->bytes();
  found_.erase(it->first);
  dropped.splice(dropped.end(), kept_, it);
}

void MappedRows::forget(uint32_t pid) {
  Kept dropped;
  std::lock_guard lock(mutex_);
  for (auto it = found_.lower_bound({pid, 0}); it != found_.end() && it->first.first == pid;)
    drop((it++)->second, dropped);
}

size_t MappedRows::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace zenops
