#include "runtime/shared_memory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr size_t kFloats = 50000;

/// A row whose numbers count up from `first`.
Row counting(Rows& rows, size_t size, float first) {
  Row row = rows.make(size);
  std::iota(row.mutable_view().begin(), row.mutable_view().end(), first);
  return row;
}

bool counts_up(std::span<const float> floats, float first) {
  return std::all_of(floats.begin(), floats.end(), [&first](float x) { return x == first++; });
}

/// How many of our segments this process has mapped.
int mappings() {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);) count += line.find("memfd:zenops-row") != line.npos;
  return count;
}

size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

/// Bytes of shared memory on the whole machine.
size_t shared_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string word; file >> word;)
    if (word == "Shmem:") {
      size_t kilobytes = 0;
      file >> kilobytes;
      return kilobytes << 10;
    }
  return 0;
}

/// Another process that makes a counting row, tells us where it is, and lives until it is killed.
class Owner {
 public:
  explicit Owner(size_t floats, float first = 1) {
    int answer[2];
    if (pipe2(answer, O_CLOEXEC) != 0) abort();
    pid = fork();
    if (pid == 0) {
      const auto memory = std::make_shared<SharedMemory>();
      Rows rows(memory);
      const Row row = counting(rows, floats, first);
      const RowHandle made = *memory->handle(row.view());
      if (write(answer[1], &made, sizeof made) != sizeof made) _exit(1);
      for (;;) pause();
    }
    if (read(answer[0], &handle, sizeof handle) != sizeof handle) abort();
    close(answer[0]);
    close(answer[1]);
  }
  ~Owner() { die(); }
  void die() {
    if (pid <= 0) return;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    pid = 0;
  }
  pid_t pid;
  RowHandle handle;
};

class SharedMemoryTest : public testing::Test {
 protected:
  /// The sentence with which it is refused.
  std::string refusal(const RowHandle& handle) {
    const auto row = mapped_.map(handle, [this] { ++released_; });
    EXPECT_FALSE(row) << "it was mapped";
    EXPECT_EQ(released_, 0);
    return row ? "" : row.error().what;
  }
  std::string refusal_of_file(int fd) {
    struct stat status;
    fstat(fd, &status);
    return refusal({static_cast<uint32_t>(getpid()), fd, status.st_ino, 0, 1});
  }

  std::shared_ptr<SharedMemory> memory_ = std::make_shared<SharedMemory>();
  Rows rows_{memory_};
  MappedRows mapped_;
  std::atomic<int> released_ = 0;
};

TEST_F(SharedMemoryTest, AnotherProcessReadsWhatWasWritten) {
  Owner owner(kFloats);
  const auto row = mapped_.map(owner.handle, [] {});
  ASSERT_TRUE(row) << row.error().what;
  EXPECT_EQ(row->size(), kFloats);
  EXPECT_TRUE(counts_up(row->view(), 1));
}

TEST_F(SharedMemoryTest, ASliceOfARowHasAHandleToo) {
  const Row row = counting(rows_, kFloats, 0);
  const auto whole = memory_->handle(row.view()), slice = memory_->handle(row.slice(1000, 500).view());
  ASSERT_TRUE(whole && slice);
  EXPECT_EQ(slice->offset, whole->offset + 1000);
  const auto mapped = mapped_.map(*slice, [] {});
  ASSERT_TRUE(mapped) << mapped.error().what;
  EXPECT_EQ(mapped->size(), 500u);
  EXPECT_TRUE(counts_up(mapped->view(), 1000));
}

TEST_F(SharedMemoryTest, WhatIsNotAllInOneSegmentHasNoHandle) {
  const Row shared = rows_.make(kFloats), small = rows_.make(100);
  const std::vector<float> elsewhere(kFloats);
  EXPECT_FALSE(memory_->handle(small.view()));
  EXPECT_FALSE(memory_->handle(elsewhere));
  EXPECT_FALSE(memory_->handle({}));
  EXPECT_FALSE(memory_->handle({shared.view().data(), kFloats * 2}));
}

TEST_F(SharedMemoryTest, FindsEachOfManyRows) {
  std::vector<Row> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(counting(rows_, kFloats, static_cast<float>(i)));
  for (int i = 0; i < 100; ++i) {
    const auto handle = memory_->handle(rows[static_cast<size_t>(i)].view());
    ASSERT_TRUE(handle);
    const auto row = mapped_.map(*handle, [] {});
    ASSERT_TRUE(row) << row.error().what;
    EXPECT_TRUE(counts_up(row->view(), static_cast<float>(i)));
  }
}

TEST_F(SharedMemoryTest, NoTwoOf16RowsInARowBeginAtTheSameLineOfAPage) {
  for (const size_t size : {kFloats, 6 * kFloats}) {
    std::vector<Row> rows;
    std::set<uintptr_t> places;
    for (int k = 0; k < 16; ++k) {
      const auto address = reinterpret_cast<uintptr_t>(rows.emplace_back(counting(rows_, size, 0)).view().data());
      EXPECT_EQ(address % 64, 0u);
      places.insert(address % 4096);
    }
    EXPECT_EQ(places.size(), 16u);
  }
}

TEST_F(SharedMemoryTest, FirstRowsOfProcessesBeginAtDifferentPlaces) {
  Owner a(kFloats), b(kFloats);
  if (a.pid % 64 == b.pid % 64) GTEST_SKIP() << "one of 64 has the same";
  EXPECT_NE(a.handle.offset, b.handle.offset);
}

TEST_F(SharedMemoryTest, NobodyElseCanWriteOrResize) {
  Owner owner(kFloats);
  const auto row = mapped_.map(owner.handle, [] {});
  ASSERT_TRUE(row) << row.error().what;
  const auto page = reinterpret_cast<uintptr_t>(row->view().data()) / 4096 * 4096;
  EXPECT_EQ(mprotect(reinterpret_cast<void*>(page), 4096, PROT_READ | PROT_WRITE), -1);
  // Not even by the way that the reader does not take.
  const std::string path = "/proc/" + std::to_string(owner.pid) + "/fd/" + std::to_string(owner.handle.fd);
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_EQ(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), MAP_FAILED);
  EXPECT_EQ(write(file, "liar", 4), -1);
  EXPECT_EQ(ftruncate(file, 0), -1);
  EXPECT_EQ(ftruncate(file, 1 << 30), -1);
  close(file);
  EXPECT_TRUE(counts_up(row->view(), 1));
}

TEST_F(SharedMemoryTest, ARowOutOfRangeIsRefused) {
  Owner owner(kFloats);
  constexpr uint64_t all = std::numeric_limits<uint64_t>::max();
  const auto with = [&owner](uint64_t offset, uint64_t size) {
    RowHandle handle = owner.handle;
    handle.offset = offset;
    handle.size = size;
    return handle;
  };
  for (const auto& [offset, size] : std::vector<std::pair<uint64_t, uint64_t>>{
           {0, 1 << 20}, {1 << 20, 1}, {all, 2}, {2, all}, {all, all}, {1, all}, {kFloats - 1, kFloats}})
    EXPECT_THAT(refusal(with(offset, size)), HasSubstr("in a memory of ")) << offset << " " << size;
}

TEST_F(SharedMemoryTest, AnotherRowsMemoryIsRefused) {
  Owner owner(kFloats);
  RowHandle handle = owner.handle;
  ++handle.inode;
  EXPECT_THAT(refusal(handle), HasSubstr("another row's memory"));
  // Also when the right one is mapped already.
  ASSERT_TRUE(mapped_.map(owner.handle, [] {}));
  EXPECT_THAT(refusal(handle), HasSubstr("another row's memory"));
}

TEST_F(SharedMemoryTest, AFileThatIsNotOpenIsRefused) {
  EXPECT_THAT(refusal({static_cast<uint32_t>(getpid()), 987654, 1, 0, 1}), HasSubstr("No such file"));
  EXPECT_THAT(refusal({static_cast<uint32_t>(getpid()), -1, 1, 0, 1}), HasSubstr("No such file"));
  EXPECT_THAT(refusal({4000000000, 3, 1, 0, 1}), HasSubstr("No such file"));
}

TEST_F(SharedMemoryTest, WhatIsNoSealedMemoryIsRefused) {
  const TemporaryFolder folder;
  folder.put("rows", std::string(100000, 'x'));
  const int ordinary = open((folder / "rows").c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_THAT(refusal_of_file(ordinary), testing::AnyOf(HasSubstr("not shared memory"), HasSubstr("not sealed")));
  const int unsealed = memfd_create("liar", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_EQ(ftruncate(unsealed, 100000), 0);
  EXPECT_THAT(refusal_of_file(unsealed), HasSubstr("not sealed"));
  fcntl(unsealed, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_GROW);
  EXPECT_THAT(refusal_of_file(unsealed), HasSubstr("not sealed"));
  const int writable = memfd_create("liar", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_EQ(ftruncate(writable, 100000), 0);
  fcntl(writable, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  EXPECT_THAT(refusal_of_file(writable), HasSubstr("not sealed"));
  const int empty = memfd_create("liar", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  fcntl(empty, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE);
  EXPECT_THAT(refusal_of_file(empty), HasSubstr("empty"));
  int pipe[2];
  ASSERT_EQ(pipe2(pipe, O_CLOEXEC), 0);
  EXPECT_THAT(refusal_of_file(pipe[0]), HasSubstr("not shared memory"));
  for (const int file : {ordinary, unsealed, writable, empty, pipe[0], pipe[1]}) close(file);
}

TEST_F(SharedMemoryTest, ASegmentThatIsUsedAgainIsNotMappedAgain) {
  std::optional<RowHandle> first;
  for (int i = 0; i < 10; ++i) {
    const Row row = counting(rows_, kFloats, static_cast<float>(i));
    const auto handle = memory_->handle(row.view());
    ASSERT_TRUE(handle);
    if (!first) first = handle;
    EXPECT_EQ(*handle, *first);
    const auto mapped = mapped_.map(*handle, [] {});
    ASSERT_TRUE(mapped) << mapped.error().what;
    EXPECT_TRUE(counts_up(mapped->view(), static_cast<float>(i)));
    EXPECT_EQ(mappings(), 2) << "the owner's and the reader's, both here";
  }
}

TEST_F(SharedMemoryTest, ASegmentThatTookAnothersFileNumberIsMapped) {
  const auto made = [this](float first) {
    const auto memory = std::make_shared<SharedMemory>();
    Rows rows(memory);
    const Row row = counting(rows, kFloats, first);
    const auto handle = memory->handle(row.view());
    const auto mapped = mapped_.map(*handle, [] {});
    EXPECT_TRUE(mapped && counts_up(mapped->view(), first));
    return handle->fd;
  };
  EXPECT_EQ(made(1), made(2));
  EXPECT_EQ(mappings(), 1) << "the first one's mapping is of no use any more";
}

TEST_F(SharedMemoryTest, KeepsWhatWasUsedLastWithinItsLimit) {
  const size_t bytes = kFloats * sizeof(float);
  MappedRows mapped(2 * bytes + 3 * 4096);
  const Row a = rows_.make(kFloats), b = rows_.make(kFloats), c = rows_.make(kFloats);
  const auto use = [&](const Row& row) { EXPECT_TRUE(mapped.map(*memory_->handle(row.view()), [] {})); };
  use(a);
  use(b);
  use(a);
  EXPECT_EQ(mappings(), 3 + 2);
  use(c);  // b goes
  EXPECT_EQ(mappings(), 3 + 2);
  EXPECT_LE(mapped.bytes(), 2 * bytes + 3 * 4096);
  const auto held = mapped.map(*memory_->handle(a.view()), [] {});
  use(b);
  use(c);  // a goes from what is kept, but it is held
  EXPECT_EQ(mappings(), 3 + 3);
  EXPECT_TRUE(held);
}

TEST_F(SharedMemoryTest, KeepsNothingWhenItsLimitIsSmallerThanARow) {
  MappedRows mapped(1);
  const Row row = counting(rows_, kFloats, 5);
  {
    const auto read = mapped.map(*memory_->handle(row.view()), [] {});
    ASSERT_TRUE(read);
    EXPECT_TRUE(counts_up(read->view(), 5));
  }
  EXPECT_EQ(mappings(), 1);
  EXPECT_EQ(mapped.bytes(), 0u);
}

TEST_F(SharedMemoryTest, ForgetsADeadProcessButNotTheRowsThatAreHeld) {
  Owner owner(kFloats), other(kFloats, 7);
  auto row = mapped_.map(owner.handle, [this] { ++released_; });
  ASSERT_TRUE(row) << row.error().what;
  ASSERT_TRUE(mapped_.map(other.handle, [] {}));
  const RowHandle handle = owner.handle;
  owner.die();
  mapped_.forget(handle.pid);
  EXPECT_EQ(mappings(), 2);
  EXPECT_TRUE(counts_up(row->view(), 1));
  row = fail(Ec::failed, "");
  EXPECT_EQ(mappings(), 1);
  EXPECT_EQ(released_, 1);
  released_ = 0;
  EXPECT_THAT(refusal(handle), HasSubstr("No such file"));
}

TEST_F(SharedMemoryTest, NothingIsLeftOfAnOwnerThatIsKilled) {
  constexpr size_t floats = 1 << 25, bytes = floats * sizeof(float);  // 128 MB
  const size_t before = shared_bytes();
  Owner owner(floats);
  EXPECT_GT(shared_bytes(), before + bytes / 2);
  auto row = mapped_.map(owner.handle, [] {});
  ASSERT_TRUE(row) << row.error().what;
  owner.die();
  // Floats end at 2^24: behind it they are all the same.
  EXPECT_TRUE(counts_up(row->view().first(1 << 24), 1));
  mapped_.forget(owner.handle.pid);
  row = fail(Ec::failed, "");
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (shared_bytes() > before + bytes / 2 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(1ms);
  EXPECT_LT(shared_bytes(), before + bytes / 2);
  for (const auto& file : std::filesystem::directory_iterator("/dev/shm"))
    EXPECT_THAT(file.path().string(), testing::Not(HasSubstr("zenops-row")));
}

TEST_F(SharedMemoryTest, SaysOnceThatARowIsReleasedWhenItsLastCopyIsGone) {
  const Row row = rows_.make(kFloats);
  auto mapped = mapped_.map(*memory_->handle(row.view()), [this] { ++released_; });
  ASSERT_TRUE(mapped);
  Row slice = mapped->slice(10, 10);
  mapped = Row();
  EXPECT_EQ(released_, 0);
  std::thread([last = std::move(slice)]() mutable { last = Row(); }).join();
  EXPECT_EQ(released_, 1);
}

TEST_F(SharedMemoryTest, EachRowThatIsMappedIsReleased) {
  const Row row = rows_.make(kFloats);
  const auto handle = *memory_->handle(row.view());
  std::vector<Row> held;
  for (int i = 0; i < 10; ++i) held.push_back(*mapped_.map(handle, [this] { ++released_; }));
  std::vector<std::thread> threads;
  for (auto& row : held) threads.emplace_back([row = std::move(row)]() mutable { row = Row(); });
  held.clear();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(released_, 10);
}

TEST_F(SharedMemoryTest, ManyThreadsMapManyRows) {
  std::vector<Row> rows;
  for (int i = 0; i < 8; ++i) rows.push_back(counting(rows_, 20000, static_cast<float>(i)));
  MappedRows mapped(3 * 80000);  // not all of them at once
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 500; ++i) {
        const size_t k = (i * (t + 1)) % rows.size();
        const auto row = mapped.map(*memory_->handle(rows[k].view()), [this] { ++released_; });
        ASSERT_TRUE(row) << row.error().what;
        ASSERT_EQ(row->view().back(), static_cast<float>(k) + 19999);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(released_, 2000);
}

TEST_F(SharedMemoryTest, LeavesNoFilesAndNoMappings) {
  const size_t files = open_files();
  {
    const auto memory = std::make_shared<SharedMemory>();
    Rows rows(memory);
    MappedRows mapped;
    const Row a = rows.make(kFloats), b = rows.make(kFloats);
    EXPECT_TRUE(mapped.map(*memory->handle(a.view()), [] {}));
    EXPECT_FALSE(mapped.map({1, 1 << 20, 1, 0, 1}, [] {}));
    EXPECT_EQ(open_files(), files + 2);
  }
  EXPECT_EQ(open_files(), files);
  EXPECT_EQ(mappings(), 0);
}

TEST_F(SharedMemoryTest, WhereNoMoreFilesMayBeOpenedRowsComeFromTheHeap) {
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  Row row = counting(rows_, kFloats, 3);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(counts_up(row.view(), 3));
  EXPECT_FALSE(memory_->handle(row.view()));
}

}  // namespace
}  // namespace zenops
