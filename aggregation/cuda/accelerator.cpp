#include "aggregation/cuda/accelerator.hpp"

#include <algorithm>
#include <string>

#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/offloading.hpp"

namespace zenops::cuda {
namespace {

/// Copies go through a buffer that one core fills, at a quarter or so of what the bus carries.
constexpr size_t kStreams = 4;

/// A card's NoRoom is a lane's: sums and tiles need some, too.
template <class Work>
auto with_room(Work work) {
  try {
    return work();
  } catch (const cuda::NoRoom& error) {
    throw zenops::NoRoom(error.what());
  }
}

class Stream final : public Lane {
 public:
  explicit Stream(const DeviceOptions& options) : device_(std::make_shared<Device>(options)) {}

  std::shared_ptr<float> make(size_t size) override {
    struct Held {
      std::shared_ptr<Device> device;  // goes after the row
      DeviceRow row;
    };
    return with_room([&]() -> std::shared_ptr<float> {
      const auto held = std::make_shared<Held>(Held{device_, device_->make(size)});
      return {held, held->row.data()};
    });
  }
  void upload(std::span<const float> from, float* to) override { device_->upload(from, to); }
  void download(const float* from, std::span<float> to) override { device_->download(from, to); }
  Products measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table, bool signs,
                   bool gaps) override {
    return with_room([&] { return cuda::measure(*device_, rows, trusted, size, table, signs, gaps); });
  }
  void combine(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size, float* out,
               size_t at) override {
    with_room([&] { cuda::combine(*device_, plan, rows, trusted, size, out, at); });
  }
  void copy(const float* from, float* to, size_t size) override { device_->copy(from, to, size); }
  void step(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size,
            const ServerOptions& optimizer, float scale, const Stepped& stepped, size_t at) override {
    with_room([&] {
      cuda::combine_and_step(*device_, plan, rows, trusted, size, optimizer,
                             {.weights = stepped.weights, .m = stepped.moments[0], .v = stepped.moments[1]}, at, scale);
    });
  }
  std::string objection(size_t points, bool table, bool, bool) const override { return cuda::objection(points, table); }
  std::string objection(const BlockPlan& plan, size_t rows) const override { return cuda::objection(plan, rows); }
  bool well() noexcept override {
    try {
      device_->wait();
      return true;
    } catch (...) {
      return false;  // CUDA says again what has ended its context
    }
  }

 private:
  const std::shared_ptr<Device> device_;
};

}  // namespace

std::shared_ptr<Accelerator> accelerator(double share, int index) {
  const auto all = cards();
  if (all.empty()) throw Error("no GPU: " + why_no_cards());
  const auto found = std::ranges::find(all, index, &Card::index);
  if (found == all.end()) throw Error("no GPU " + std::to_string(index) + " that the kernels run on");
  const Card& card = *found;
  const auto part = static_cast<size_t>(share * static_cast<double>(card.memory));
  const size_t cap = std::min(part, free_memory(card)) / kStreams;
  std::vector<std::unique_ptr<Lane>> lanes;
  for (size_t k = 0; k < kStreams; ++k)
    lanes.push_back(std::make_unique<Stream>(DeviceOptions{.index = card.index, .cap = cap}));
  return offload_to(std::move(lanes));
}

}  // namespace zenops::cuda
