#pragma once
#include <bit>
#include <cstdint>
#include <span>

#include "actors/options.hpp"
#include "base/layout.hpp"

namespace zenops {

/// Whether what workers send of a block is compressed. A statistic is not: a variance that moves by a mean of signs may
/// become negative.
inline bool compressed(const CompressionOptions& options, const Block& block) {
  return options.kind != CompressionOptions::Kind::none && !block.buffer;
}

/// How many of a block's `size` numbers top_k sends: its share, at least one.
size_t kept_by_top_k(const CompressionOptions& options, size_t size);

/// u ← C(u), a whole block at a time. What it lost, u − C(u), goes to `lost`, which has the block's size or none.
///   none   C(u) = u
///   top_k  the k numbers that are largest by magnitude, of equal ones the first; 0 for the others (Stich, Cordonnier,
///   Jaggi 2018).
///          NaN counts as largest: a lie is not to vanish before the door has seen it.
///   sign   (‖u‖₁ / n) sign(u), with sign(0) = 1 (Bernstein et al. 2018; Karimireddy et al. 2019, EF-signSGD)
///   bf16   each number rounded to the nearest of 8 significant bits, of two equally near ones to the even
/// Bits depend on the block and the options alone.
void compress(const CompressionOptions& options, std::span<float> block, std::span<float> lost);

/// The upper half of the nearest float whose lower half is zero. NaN stays NaN; what is beyond the largest becomes Inf.
inline uint16_t to_bf16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
inline float from_bf16(uint16_t x) { return std::bit_cast<float>(uint32_t{x} << 16); }

}  // namespace zenops
