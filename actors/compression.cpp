#include "actors/compression.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "models/local_training.hpp"

namespace zenops {
namespace {

/// Grows with |x|, from 0 for zeros to NaN.
uint32_t magnitude(float x) { return std::bit_cast<uint32_t>(x) & 0x7fffffffu; }

void top_k(std::span<float> block, size_t k) {
  std::vector<uint32_t> magnitudes(block.size());
  std::ranges::transform(block, magnitudes.begin(), magnitude);
  const auto last = magnitudes.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(magnitudes.begin(), last, magnitudes.end(), std::greater());
  const uint32_t smallest = *last;
  auto left = std::count(magnitudes.begin(), last + 1, smallest);  // of the equal ones, for the first
  for (float& x : block) {
    const uint32_t m = magnitude(x);
    if (m < smallest || (m == smallest && left-- <= 0)) x = 0;
  }
}

void sign(std::span<float> block) {
  double sum = 0;
  for (const float x : block) sum += std::fabs(x);
  const auto mean = static_cast<float>(sum / static_cast<double>(block.size()));
  for (float& x : block) x = x < 0 ? -mean : mean;
}

}  // namespace

size_t kept_by_top_k(const CompressionOptions& options, size_t size) {
  const auto share = static_cast<size_t>(std::llround(options.share * static_cast<double>(size)));
  return std::clamp<size_t>(share, std::min<size_t>(size, 1), size);
}

void compress(const CompressionOptions& options, std::span<float> block, std::span<float> lost) {
  using Kind = CompressionOptions::Kind;
  if (options.kind == Kind::none || block.empty()) {
    std::ranges::fill(lost, 0.0f);
    return;
  }
  if (!lost.empty()) std::ranges::copy(block, lost.begin());
  switch (options.kind) {
    case Kind::none:
      break;
    case Kind::top_k:
      top_k(block, kept_by_top_k(options, block.size()));
      break;
    case Kind::sign:
      sign(block);
      break;
    case Kind::bf16:
      for (float& x : block) x = from_bf16(to_bf16(x));
      break;
  }
  if (!lost.empty()) subtract(lost, lost, block);
}

}  // namespace zenops
