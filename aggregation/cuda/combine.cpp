// Rows become one: which kernels are launched, of which rows and how much at a time.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/cuda/dense_mix.hpp"
#include "aggregation/cuda/device_array.hpp"
#include "aggregation/cuda/kernels.hpp"
#include "aggregation/cuda/mean_plan.hpp"
#include "aggregation/cuda/parts.hpp"
#include "aggregation/kernels/weighted_sum.hpp"

namespace zenops::cuda {
namespace {

using Rows = std::span<const float* const>;

class Combining {
 public:
  Combining(Device& device, const BlockPlan& plan, MixedBy by)
      : device_(device), parts_(device.parts()), plan_(plan), by_(by) {
    parts_.use();
  }

  void sum(Rows rows, const float* trusted, size_t size, const Finish& finish) {
    sum_of(weighted(plan_, rows, trusted), size, finish);
  }
  void zeros(size_t size, const Finish& finish) { sum_of({}, size, finish); }

  /// A mean or a majority.
  void coordinatewise(Rows rows, size_t size, const Finish& finish) {
    if (plan_.combine == Combine::majority)
      majority_of(rows, size, finish);
    else
      mean_of(rows, size, finish);
  }

  /// The same of mixed rows, which are made a tile at a time.
  void mixed(Rows rows, size_t size, const Finish& finish) {
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
      if (a.made > 0) {
        if (by_ == MixedBy::cublas && !mix.steps.empty())
          multiply(mix, a);
        else
          cuda::mix(a, parts_.stream);
      }
      std::ranges::transform(mix.sources, pointers.begin(), [&](const MixPlan::Source& source) -> const float* {
        if (source.made) return made.data() + *source.made * pitch;
        return source.row ? source.row + a.first : nullptr;
      });
      coordinatewise(pointers, a.size, finish.from(a.first));
    }
  }

  /// What has come to `values`, and the noise that belongs to the model's numbers from `at` on.
  void noise(const float* values, size_t size, size_t at, const Finish& finish) {
    constexpr size_t together = size_t{1} << 20;
    const DeviceRow there = device_.make(std::min(size, together));
    std::vector<float> numbers;
    for (size_t first = 0; first < size; first += together) {
      numbers.resize(std::min(together, size - first));
      for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = noise_at(plan_.noise_draw, at + first + i);
      device_.upload(numbers, there.data());
      add_noise({.values = values + first,
                 .noise = there.data(),
                 .deviation = plan_.noise,
                 .size = numbers.size(),
                 .finish = finish.from(first)},
                parts_.stream);
    }
  }

 private:
  /// Coordinates of a tile, of so many rows that are read and made: all of it has room in a large card's second cache
  /// (40 MB of an A100, 50 MB of an H100), and fills the card.
  static size_t mixed_width(size_t rows) {
    constexpr size_t room = 24 * 1024 * 1024, least = 32 * 1024;
    return std::max(room / sizeof(float) / std::max<size_t>(rows, 1) / 1024 * 1024, least);
  }

  /// A tile of mixed rows as one product; what it is made of is copied side by side.
  void multiply(const MixPlan& mix, const MixArguments& a) {
    if (!factors_) factors_.emplace(device_, dense_mix(mix), a.pitch);
    for (size_t k = 0; k < factors_->rows.size(); ++k)
      device_.copy(factors_->rows[k] + a.first, factors_->side_by_side.data() + k * a.pitch, a.size);
    if (!parts_.cublas) parts_.cublas.emplace(parts_.stream);
    parts_.cublas->product(factors_->weights.data(), factors_->side_by_side.data(), a.made, factors_->rows.size(),
                           a.size, a.pitch, a.out);
  }

  /// Room for what is not finished yet: where the result goes or, where it goes nowhere, beside it.
  float* unfinished(size_t size, const Finish& finish) {
    if (!finish.steps) return finish.out;
    if (unfinished_.size() < size) unfinished_ = device_.make(size);
    return unfinished_.data();
  }

  void sum_of(const std::vector<WeightedRow>& terms, size_t size, const Finish& finish) {
    size_t first = 0;
    const float* before = nullptr;
    do {
      SumArguments a{};
      a.terms = static_cast<uint32_t>(std::min<size_t>(kMostTerms, terms.size() - first));
      for (uint32_t k = 0; k < a.terms; ++k) {
        a.rows.at[k] = terms[first + k].row;
        a.weights[k] = terms[first + k].weight;
      }
      first += a.terms;
      a.before = before;
      a.size = size;
      a.finish = first == terms.size() ? finish : Finish{.out = unfinished(size, finish)};
      weighted_sum(a, parts_.stream);
      before = a.finish.out;
    } while (first < terms.size());
  }

  void mean_of(Rows rows, size_t size, const Finish& finish) {
    const size_t drop = plan_.combine == Combine::nearest_mean ? plan_.drop : 0;
    if (rows.size() > kMostRows) {
      if (!many_) many_.emplace().shape = mean_shape(rows.size(), plan_.trim, drop);
      std::ranges::copy(rows, many_->rows.at);
      many_->size = size;
      many_->finish = finish;
      return mean_of_many(*many_, parts_.stream);
    }
    if (!mean_) mean_.emplace().plan = mean_plan(rows.size(), plan_.trim, drop);
    std::ranges::copy(rows, mean_->rows.at);
    mean_->size = size;
    mean_->finish = finish;
    mean_launcher((mean_->plan.rows + 1) / 2)(*mean_, parts_.stream);
  }

  void majority_of(Rows rows, size_t size, const Finish& finish) {
    std::vector<const float*> voters;
    std::ranges::copy_if(rows, std::back_inserter(voters), [](const float* row) { return row != nullptr; });
    size_t first = 0;
    const float* before = nullptr;
    do {
      MajorityArguments a{};
      a.count = static_cast<uint32_t>(std::min<size_t>(kMostVoters, voters.size() - first));
      std::ranges::copy(Rows(voters).subspan(first, a.count), a.rows.at);
      first += a.count;
      a.before = before;
      a.decides = first == voters.size();
      a.step = plan_.step;
      a.size = size;
      a.finish = a.decides ? finish : Finish{.out = unfinished(size, finish)};
      majority(a, parts_.stream);
      before = a.finish.out;
    } while (first < voters.size());
  }

  /// What cuBLAS multiplies.
  struct Factors {
    Factors(Device& device, DenseMix mix, size_t pitch)
        : rows(std::move(mix.rows)), weights(device, mix.weights), side_by_side(device.make(rows.size() * pitch)) {}
    std::vector<const float*> rows;
    DeviceArray<float> weights;  // (made, rows)
    DeviceRow side_by_side;      // (rows, pitch)
  };

  Device& device_;
  Device::Parts& parts_;
  const BlockPlan& plan_;
  MixedBy by_;
  std::optional<Factors> factors_ = {};
  DeviceRow unfinished_ = {};
  // One of them once there is a mean: a plan's number of rows, mixed or not, is that of each tile.
  std::optional<MeanArguments> mean_ = {};
  std::optional<ManyArguments> many_ = {};
};

void combine(Device& device, const BlockPlan& plan, Rows rows, const float* trusted, size_t size, const Finish& finish,
             size_t at, MixedBy by) {
  if (const std::string why = objection(plan, rows.size()); !why.empty()) throw Error(why + ": leave it to the processor");
  if (size == 0) return;
  Combining combining(device, plan, by);
  const bool noisy = plan.noise != 0 && !rows.empty();
  const DeviceRow before = noisy && finish.steps ? device.make(size) : DeviceRow();
  const Finish first = noisy && finish.steps ? Finish{.out = before.data()} : finish;
  if (plan.combine == Combine::weighted_sum)
    combining.sum(rows, trusted, size, first);
  else if (rows.empty())
    combining.zeros(size, first);
  else if (plan.mix.empty())
    combining.coordinatewise(rows, size, first);
  else
    combining.mixed(rows, size, first);
  if (noisy) combining.noise(first.out, size, at, finish);
  device.parts().launched("combining " + std::to_string(rows.size()) + " rows");
}

}  // namespace

std::string objection(const BlockPlan& plan, size_t rows) {
  const bool mean = plan.combine != Combine::weighted_sum && plan.combine != Combine::majority;
  if (!mean || (plan.mix.empty() ? rows : plan.mix.size()) <= kManyRows) return {};
  return "a mean of more than " + std::to_string(kManyRows) + " rows is not computed on a card";
}

void combine(Device& device, const BlockPlan& plan, std::span<const float* const> rows, const float* trusted,
             size_t size, float* out, size_t at, MixedBy mixed) {
  combine(device, plan, rows, trusted, size, Finish{.out = out}, at, mixed);
}

void combine_and_step(Device& device, const BlockPlan& plan, std::span<const float* const> rows, const float* trusted,
                      size_t size, const ServerOptions& step, const Parameters& parameters, size_t at, float scale) {
  combine(device, plan, rows, trusted, size,
          Finish{.steps = true, .step = step, .scale = scale, .parameters = parameters}, at, MixedBy::kernel);
}

}  // namespace zenops::cuda
