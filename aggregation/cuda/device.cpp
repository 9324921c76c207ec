#include "aggregation/cuda/device.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/parts.hpp"

namespace zenops::cuda {
namespace {

/// What CUDA says of it, after "GPU 0, copying".
std::string sentence(cudaError_t status, const std::string& doing) {
  return doing + ": " + cudaGetErrorString(status) + " (" + cudaGetErrorName(status) + ")";
}

struct Found {
  std::vector<Card> cards = {};
  std::string why_none = {};
};

Found find_cards() {
  Found out;
  int count = 0;
  if (const auto status = cudaGetDeviceCount(&count); status != cudaSuccess) {
    (void)cudaGetLastError();  // or else the next check would find it
    int driver = 0;
    const bool known = cudaDriverGetVersion(&driver) == cudaSuccess;
    out.why_none = known && driver == 0 ? "no driver for CUDA is installed" : cudaGetErrorString(status);
    return out;
  }
  std::string unfit;
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties{};
    if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) {
      (void)cudaGetLastError();
      continue;
    }
    if (properties.major < 8) {
      unfit = std::string("the kernels need compute capability 8.0, and ") + properties.name + " has " +
              std::to_string(properties.major) + "." + std::to_string(properties.minor);
      continue;
    }
    if (properties.sharedMemPerBlockOptin < kMostShared) {
      unfit = "the kernels need " + std::to_string(kMostShared) + " bytes of shared memory for a block, and " +
              properties.name + " has " + std::to_string(properties.sharedMemPerBlockOptin);
      continue;
    }
    out.cards.push_back({.index = index,
                         .name = properties.name,
                         .memory = properties.totalGlobalMem,
                         .multiprocessors = properties.multiProcessorCount,
                         .major = properties.major,
                         .minor = properties.minor});
  }
  if (out.cards.empty()) out.why_none = unfit.empty() ? "no CUDA-capable device is detected" : unfit;
  return out;
}

std::string version(int number) { return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10); }

/// A card's own memory. Releasing it waits for the work that may use it.
class CardMemory : public Source {
 public:
  explicit CardMemory(const Device::Parts& parts) : index_(parts.card.index), whose_(parts.whose) {}
  void* allocate(size_t bytes) override {
    void* memory = nullptr;
    check(cudaSetDevice(index_), whose_);
    const auto status = cudaMalloc(&memory, bytes);
    const std::string doing = whose_ + ", allocating " + std::to_string(bytes) + " bytes";
    if (status == cudaErrorMemoryAllocation) {
      (void)cudaGetLastError();
      throw NoRoom(sentence(status, doing));
    }
    check(status, doing);
    return memory;
  }
  void release(void* memory) noexcept override { (void)cudaFree(memory); }

 private:
  int index_;
  std::string whose_;
};

Card card_of(int index) {
  const Found found = find_cards();
  for (const Card& card : found.cards)
    if (card.index == index) return card;
  throw Error("no GPU " + std::to_string(index) + ": " +
              (found.cards.empty() ? found.why_none : "there are " + std::to_string(found.cards.size())));
}

}  // namespace

void check(cudaError_t status, const std::string& doing) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();  // it is told here: the next launch is not to be blamed for it
  throw Error(sentence(status, doing));
}

bool compiled() { return true; }
std::vector<Card> cards() { return find_cards().cards; }
std::string why_no_cards() { return find_cards().why_none; }

size_t free_memory(const Card& card) {
  const std::string doing = "GPU " + std::to_string(card.index) + ", asking for its free memory";
  size_t free = 0, all = 0;
  check(cudaSetDevice(card.index), doing);
  check(cudaMemGetInfo(&free, &all), doing);
  return free;
}

std::string versions() {
  int runtime = 0, driver = 0;
  if (cudaRuntimeGetVersion(&runtime) != cudaSuccess || cudaDriverGetVersion(&driver) != cudaSuccess)
    (void)cudaGetLastError();
  return "CUDA " + version(runtime) + (driver ? ", driver for CUDA " + version(driver) : ", no driver");
}

Device::Parts::Parts(const DeviceOptions& options)
    : card(card_of(options.index)),
      whose("GPU " + std::to_string(options.index)),
      staging_floats(std::max<size_t>(options.staging / sizeof(float), 1)) {
  use();
  pool.emplace(std::make_unique<CardMemory>(*this), options.cap, whose);
  check(cudaStreamCreateWithFlags(stream.fill(), cudaStreamNonBlocking), whose);
  for (Event* event : {&began, &ended}) check(cudaEventCreate(event->fill()), whose);
  for (Staging& s : staging) {
    check(cudaHostAlloc(s.memory.fill(), staging_floats * sizeof(float), cudaHostAllocDefault),
          whose + ", pinning memory");
    check(cudaEventCreateWithFlags(s.done.fill(), cudaEventDisableTiming), whose);
  }
}

Device::Parts::~Parts() {
  // What fails here has failed before, and was said then.
  (void)cudaSetDevice(card.index);
  (void)cudaStreamSynchronize(stream);
}

void Device::Parts::use() { check(cudaSetDevice(card.index), whose); }

Device::Device(const DeviceOptions& options) : parts_(std::make_unique<Parts>(options)) {}
Device::~Device() = default;

const Card& Device::card() const { return parts_->card; }

void DeviceRow::GiveBack::operator()(float* memory) const noexcept { device->parts_->pool->give_back(memory); }

DeviceRow Device::make(size_t size) {
  DeviceRow out;
  void* memory = parts_->pool->take(std::max<size_t>(size, 1) * sizeof(float));
  out.memory_ = {static_cast<float*>(memory), DeviceRow::GiveBack{this}};
  out.size_ = size;
  return out;
}

void Device::upload(std::span<const float> from, float* to) {
  Parts& p = *parts_;
  p.use();
  while (!from.empty()) {
    Parts::Staging& s = p.staging[p.next_staging];
    p.next_staging = (p.next_staging + 1) % p.staging.size();
    const size_t length = std::min(from.size(), p.staging_floats);
    check(cudaEventSynchronize(s.done), p.whose + ", copying to it");
    std::memcpy(s.floats(), from.data(), length * sizeof(float));
    check(cudaMemcpyAsync(to, s.memory, length * sizeof(float), cudaMemcpyHostToDevice, p.stream),
          p.whose + ", copying to it");
    check(cudaEventRecord(s.done, p.stream), p.whose + ", copying to it");
    from = from.subspan(length);
    to += length;
  }
}

void Device::download(const float* from, std::span<float> to) {
  Parts& p = *parts_;
  p.use();
  const std::string doing = p.whose + ", copying from it";
  // One buffer is filled while the other is emptied.
  struct OnItsWay {
    Parts::Staging* staging;
    std::span<float> to;
  };
  std::optional<OnItsWay> last;
  const auto finish = [&] {
    check(cudaEventSynchronize(last->staging->done), doing);
    std::memcpy(last->to.data(), last->staging->floats(), last->to.size_bytes());
  };
  while (!to.empty()) {
    Parts::Staging& s = p.staging[p.next_staging];
    p.next_staging = (p.next_staging + 1) % p.staging.size();
    const auto part = to.first(std::min(to.size(), p.staging_floats));
    check(cudaEventSynchronize(s.done), doing);
    check(cudaMemcpyAsync(s.memory, from, part.size_bytes(), cudaMemcpyDeviceToHost, p.stream), doing);
    check(cudaEventRecord(s.done, p.stream), doing);
    if (last) finish();
    last = {&s, part};
    from += part.size();
    to = to.subspan(part.size());
  }
  if (last) finish();
}

void Device::copy(const float* from, float* to, size_t size) {
  parts_->use();
  check(cudaMemcpyAsync(to, from, size * sizeof(float), cudaMemcpyDeviceToDevice, parts_->stream),
        parts_->whose + ", copying within it");
}

void Device::wait() {
  parts_->use();
  check(cudaStreamSynchronize(parts_->stream), parts_->whose);
}

void Device::begin_timing() {
  parts_->use();
  check(cudaEventRecord(parts_->began, parts_->stream), parts_->whose);
}

double Device::end_timing() {
  check(cudaEventRecord(parts_->ended, parts_->stream), parts_->whose);
  check(cudaEventSynchronize(parts_->ended), parts_->whose);
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, parts_->began, parts_->ended), parts_->whose);
  return double{milliseconds} / 1000;
}

size_t Device::bytes_in_use() const { return parts_->pool->in_use(); }
size_t Device::bytes_held() const { return parts_->pool->held(); }

Uploaded::Uploaded(Device& device, std::span<const float* const> rows, size_t size) {
  for (const float* row : rows) {
    pointers_.push_back(nullptr);
    if (!row) continue;
    memory_.push_back(device.make(size));
    device.upload({row, size}, memory_.back().data());
    pointers_.back() = memory_.back().data();
  }
}

}  // namespace zenops::cuda
