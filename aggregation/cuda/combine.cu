// Rows become one: weighted sums, and the launches of the means (mean_kernel.cuh).
#include <string>
#include <vector>

#include "aggregation/cuda/aggregation.hpp"
#include "aggregation/cuda/mean_kernel.cuh"
#include "aggregation/cuda/mean_plan.hpp"
#include "aggregation/cuda/parts.hpp"
#include "aggregation/kernels/weighted_sum.hpp"

namespace zenops::cuda {

MeanLauncher mean_launcher(uint32_t wires) {
  const MeanLaunchers* const files[] = {&kMeans1, &kMeans17, &kMeans33, &kMeans49};
  return (*files[(wires - 1) / kPerFile])[(wires - 1) % kPerFile];
}

namespace {

constexpr uint32_t kSumThreads = 256;

/// A thread for each coordinate; eight rows are asked for before the first has come.
__global__ void __launch_bounds__(kSumThreads) sum_kernel(const __grid_constant__ SumArguments arguments) {
  const size_t i = size_t{blockIdx.x} * kSumThreads + threadIdx.x;
  if (i >= arguments.size) return;
  float sum = arguments.more ? arguments.out[i] : 0;
#pragma unroll 8
  for (uint32_t k = 0; k < arguments.terms; ++k)
    sum = fused(arguments.weights[k], __ldcs(arguments.rows.at[k] + i), sum);
  arguments.out[i] = sum;
}

void sum(Device::Parts& parts, const std::vector<WeightedRow>& rows, size_t size, float* out) {
  if (rows.empty()) return check(cudaMemsetAsync(out, 0, size * sizeof(float), parts.stream), parts.whose);
  for (size_t first = 0; first < rows.size(); first += kMostTerms) {
    SumArguments arguments{};
    arguments.terms = static_cast<uint32_t>(std::min<size_t>(rows.size() - first, kMostTerms));
    for (uint32_t k = 0; k < arguments.terms; ++k) {
      arguments.rows.at[k] = rows[first + k].row;
      arguments.weights[k] = rows[first + k].weight;
    }
    arguments.more = first > 0;
    arguments.size = size;
    arguments.out = out;
    weighted_sum(arguments, parts.stream);
  }
}

void refuse_what_is_left(const BlockPlan& plan) {
  const char* what = plan.combine == Combine::majority ? "a majority"
                     : !plan.mix.empty()               ? "mixed rows"
                     : plan.noise != 0                 ? "noise"
                                                       : nullptr;
  if (what) throw Error(std::string(what) + " is not computed on a card: leave it to the processor");
}

}  // namespace

void weighted_sum(const SumArguments& arguments, cudaStream_t stream) {
  launch(sum_kernel, static_cast<unsigned>((arguments.size + kSumThreads - 1) / kSumThreads), kSumThreads, 0, stream,
         arguments);
}

void combine(Device& device, const BlockPlan& plan, std::span<const float* const> rows, const float* trusted,
             size_t size, float* out) {
  refuse_what_is_left(plan);
  Device::Parts& parts = device.parts();
  parts.use();
  if (size == 0) return;
  const std::string doing = "combining " + std::to_string(rows.size()) + " rows";
  if (plan.combine == Combine::weighted_sum) {
    sum(parts, weighted(plan, rows, trusted), size, out);
  } else if (rows.empty()) {
    sum(parts, {}, size, out);
  } else {
    MeanArguments arguments{};
    arguments.plan = mean_plan(rows.size(), plan.trim, plan.combine == Combine::nearest_mean ? plan.drop : 0);
    std::copy(rows.begin(), rows.end(), arguments.rows.at);
    arguments.size = size;
    arguments.out = out;
    mean_launcher((arguments.plan.rows + 1) / 2)(arguments, parts.stream);
  }
  parts.launched(doing);
}

}  // namespace zenops::cuda
