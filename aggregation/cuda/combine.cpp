// Rows become one: which kernels are launched, of which rows and how much at a time.
#include <algorithm>
#include <string>
#include <vector>

#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/cuda/device_array.hpp"
#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/mean_plan.hpp"
#include "aggregation/cuda/parts.hpp"
#include "aggregation/kernels/weighted_sum.hpp"

namespace zenops::cuda {
namespace {

using Rows = std::span<const float* const>;

/// Calls `some` with up to `most` of the items at a time, and whether these are the first and the last.
template <class T, class Some>
void in_parts(const std::vector<T>& items, size_t most, Some some) {
  for (size_t first = 0; first < items.size(); first += most)
    some(std::span(items).subspan(first, std::min(most, items.size() - first)), first == 0,
         first + most >= items.size());
}

class Combining {
 public:
  Combining(Device& device, const BlockPlan& plan) : device_(device), parts_(device.parts()), plan_(plan) {
    parts_.use();
  }

  void zeros(size_t size, float* out) {
    check(cudaMemsetAsync(out, 0, size * sizeof(float), parts_.stream), parts_.whose);
  }

  void sum(Rows rows, const float* trusted, size_t size, float* out) {
    const std::vector<WeightedRow> terms = weighted(plan_, rows, trusted);
    if (terms.empty()) return zeros(size, out);
    in_parts(terms, kMostTerms, [&](std::span<const WeightedRow> some, bool first, bool) {
      SumArguments a{};
      a.terms = static_cast<uint32_t>(some.size());
      for (uint32_t k = 0; k < a.terms; ++k) {
        a.rows.at[k] = some[k].row;
        a.weights[k] = some[k].weight;
      }
      a.more = !first;
      a.size = size;
      a.out = out;
      weighted_sum(a, parts_.stream);
    });
  }

  /// A mean or a majority.
  void coordinatewise(Rows rows, size_t size, float* out) {
    if (plan_.combine == Combine::majority)
      majority_of(rows, size, out);
    else
      mean_of(rows, size, out);
  }

  /// The same of mixed rows, which are made a tile at a time.
  void mixed(Rows rows, size_t size, float* out) {
    const MixPlan mix = mix_plan(plan_.mix, rows);
    const DeviceArray<MixStep> steps(device_, mix.steps);
    const DeviceArray<uint32_t> begins(device_, mix.begins);
    const size_t pitch = std::min(mixed_width(rows.size() + mix.made), (size + 31) / 32 * 32);
    const DeviceRow made = device_.make(mix.made * pitch);
    MixArguments a{};
    a.steps = steps.data();
    a.begins = begins.data();
    a.made = mix.made;
    a.pitch = pitch;
    a.out = made.data();
    std::vector<const float*> pointers(mix.sources.size());
    for (a.first = 0; a.first < size; a.first += pitch) {
      a.size = std::min(pitch, size - a.first);
      if (a.made > 0) cuda::mix(a, parts_.stream);
      std::ranges::transform(mix.sources, pointers.begin(), [&](const MixPlan::Source& source) -> const float* {
        if (source.made) return made.data() + *source.made * pitch;
        return source.row ? source.row + a.first : nullptr;
      });
      coordinatewise(pointers, a.size, out + a.first);
    }
  }

  /// out += the noise that belongs to the model's numbers from `at` on.
  void noise(size_t size, float* out, size_t at) {
    constexpr size_t together = size_t{1} << 20;
    const DeviceRow there = device_.make(std::min(size, together));
    std::vector<float> numbers;
    for (size_t first = 0; first < size; first += together) {
      numbers.resize(std::min(together, size - first));
      for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = noise_at(plan_.noise_draw, at + first + i);
      device_.upload(numbers, there.data());
      add_noise(there.data(), plan_.noise, numbers.size(), out + first, parts_.stream);
    }
  }

 private:
  /// Coordinates of a tile, of so many rows that are read and made: all of it has room in a large card's second cache
  /// (40 MB of an A100, 50 MB of an H100), and fills the card.
  static size_t mixed_width(size_t rows) {
    constexpr size_t room = 24 * 1024 * 1024, least = 32 * 1024;
    return std::max(room / sizeof(float) / std::max<size_t>(rows, 1) / 1024 * 1024, least);
  }

  void mean_of(Rows rows, size_t size, float* out) {
    MeanArguments a{};
    a.plan = mean_plan(rows.size(), plan_.trim, plan_.combine == Combine::nearest_mean ? plan_.drop : 0);
    std::ranges::copy(rows, a.rows.at);
    a.size = size;
    a.out = out;
    mean_launcher((a.plan.rows + 1) / 2)(a, parts_.stream);
  }

  void majority_of(Rows rows, size_t size, float* out) {
    std::vector<const float*> voters;
    std::ranges::copy_if(rows, std::back_inserter(voters), [](const float* row) { return row != nullptr; });
    if (voters.empty()) return zeros(size, out);
    in_parts(voters, kMostVoters, [&](Rows some, bool first, bool last) {
      MajorityArguments a{};
      std::ranges::copy(some, a.rows.at);
      a.count = static_cast<uint32_t>(some.size());
      a.more = !first;
      a.decides = last;
      a.step = plan_.step;
      a.size = size;
      a.out = out;
      majority(a, parts_.stream);
    });
  }

  Device& device_;
  Device::Parts& parts_;
  const BlockPlan& plan_;
};

}  // namespace

void combine(Device& device, const BlockPlan& plan, std::span<const float* const> rows, const float* trusted,
             size_t size, float* out, size_t at) {
  if (size == 0) return;
  Combining combining(device, plan);
  if (plan.combine == Combine::weighted_sum)
    combining.sum(rows, trusted, size, out);
  else if (rows.empty())
    combining.zeros(size, out);
  else if (plan.mix.empty())
    combining.coordinatewise(rows, size, out);
  else
    combining.mixed(rows, size, out);
  if (plan.noise != 0 && !rows.empty()) combining.noise(size, out, at);
  device.parts().launched("combining " + std::to_string(rows.size()) + " rows");
}

}  // namespace zenops::cuda
