#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

namespace zenops {

/// Philox4x32-10 (Salmon et al. 2011): four random words as a pure function of key and counter.
using Quad = std::array<uint32_t, 4>;
constexpr Quad philox(uint64_t key, Quad counter) {
  auto k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    const uint64_t a = uint64_t{0xD2511F53u} * counter[0], b = uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ k0, static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ k1, static_cast<uint32_t>(a)};
  }
  return counter;
}
static_assert(philox(0, {0, 0, 0, 0}) == Quad{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});  // Random123's answer

enum class Role : uint8_t { worker = 1, validator, data, model };
enum class Purpose : uint8_t { order = 1, subsample, sparsity, poison, noise, initial, partition, dropout, augment, delay };

/// Whose numbers, and for what. Two streams with different names never share a number.
struct StreamName {
  uint64_t seed = 0;
  Role role{};
  uint32_t index = 0;
  Purpose purpose{};
  uint32_t step = 0;
  uint16_t part = 0;  // a block, say
};

/// The random numbers of one name: the same whoever asks, when, and on which thread. 2^34 words, then it repeats.
class Stream {
 public:
  explicit constexpr Stream(const StreamName& name)
      : seed_(name.seed),
        counter_{0, name.step, name.index,
                 uint32_t{static_cast<uint8_t>(name.role)} << 24 | uint32_t{static_cast<uint8_t>(name.purpose)} << 16 | name.part} {}

  constexpr uint32_t word() {
    if (used_ == 4) {
      quad_ = philox(seed_, counter_);
      ++counter_[0];
      used_ = 0;
    }
    return quad_[used_++];
  }
  /// In [0, n); the bias is below n / 2^32.
  constexpr uint32_t below(uint32_t n) { return static_cast<uint32_t>((uint64_t{word()} * n) >> 32); }
  /// In [0, 1), a multiple of 2^-24.
  constexpr float uniform() { return static_cast<float>(word() >> 8) * 0x1p-24f; }
  /// Standard normal (Box and Muller 1958).
  float normal() {
    if (spare_) {
      spare_ = false;
      return second_;
    }
    const double radius = std::sqrt(-2 * std::log((word() + 1.0) * 0x1p-32)), angle = 2 * std::numbers::pi * word() * 0x1p-32;
    second_ = static_cast<float>(radius * std::sin(angle));
    spare_ = true;
    return static_cast<float>(radius * std::cos(angle));
  }

 private:
  uint64_t seed_;
  Quad counter_, quad_{};
  unsigned used_ = 4;
  bool spare_ = false;
  float second_ = 0;
};

/// A permutation of [0, n) whose values are computed, not stored: a Feistel network of eight rounds (four are visibly uneven
/// for small n), walked until it lands inside. n ≥ 1.
class Permutation {
 public:
  Permutation(Stream stream, uint32_t n) : n_(n), key_(uint64_t{stream.word()} << 32 | stream.word()) {
    while ((uint64_t{1} << 2 * half_) < n) ++half_;
  }
  uint32_t operator()(uint32_t x) const {
    do {
      uint32_t left = x >> half_, right = x & ((1u << half_) - 1);
      for (uint64_t round = 0; round < 8; ++round) {
        uint64_t z = key_ + (round << 32 | right);
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;  // splitmix64's mixer
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        left = std::exchange(right, left ^ (static_cast<uint32_t>(z >> 33) & ((1u << half_) - 1)));
      }
      x = left << half_ | right;
    } while (x >= n_);
    return x;
  }

 private:
  uint32_t n_, half_ = 1;
  uint64_t key_;
};

}  // namespace zenops
