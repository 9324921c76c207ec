// What there is in a build without CUDA: the sentence that says so.
#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/cuda/device.hpp"

namespace zenops::cuda {
namespace {

constexpr const char* kWithout = "built without CUDA";

[[noreturn]] void refuse() { throw Error(std::string(kWithout) + ": configure with -DZENOPS_CUDA=ON"); }

}  // namespace

struct Device::Parts {};

bool compiled() { return false; }
std::vector<Card> cards() { return {}; }
std::string why_no_cards() { return kWithout; }
size_t free_memory(const Card&) { refuse(); }
std::string versions() { return kWithout; }

void DeviceRow::GiveBack::operator()(float*) const noexcept {}
Device::Device(const DeviceOptions&) { refuse(); }
Device::~Device() = default;
const Card& Device::card() const { refuse(); }
DeviceRow Device::make(size_t) { refuse(); }
void Device::upload(std::span<const float>, float*) { refuse(); }
void Device::download(const float*, std::span<float>) { refuse(); }
void Device::copy(const float*, float*, size_t) { refuse(); }
void Device::wait() { refuse(); }
size_t Device::bytes_in_use() const { refuse(); }
size_t Device::bytes_held() const { refuse(); }
void Device::begin_timing() { refuse(); }
double Device::end_timing() { refuse(); }
Uploaded::Uploaded(Device&, std::span<const float* const>, size_t) { refuse(); }

std::string objection(const BlockPlan&, size_t) { return kWithout; }
std::string objection(size_t, bool) { return kWithout; }
void combine(Device&, const BlockPlan&, std::span<const float* const>, const float*, size_t, float*, size_t, MixedBy) {
  refuse();
}
void combine_and_step(Device&, const BlockPlan&, std::span<const float* const>, const float*, size_t,
                      const ServerOptions&, const Parameters&, size_t, float) {
  refuse();
}
Products measure(Device&, std::span<const float* const>, const float*, size_t, bool, bool, bool) { refuse(); }
void baseline::pairwise_distances(Device&, std::span<const float* const>, size_t, std::span<double>) { refuse(); }

}  // namespace zenops::cuda
