#pragma once
#include <bit>
#include <cstdint>
#include <random>
#include <vector>

namespace zenops {

/// n rows of d floats each, and the pointers that kernels take.
struct Samples {
  explicit Samples(std::vector<std::vector<float>> values) : rows(std::move(values)) {
    for (const auto& row : rows) pointers.push_back(row.data());
  }
  std::vector<std::vector<float>> rows;
  std::vector<const float*> pointers;
};

inline std::vector<float> normal_row(std::mt19937& random, size_t d) {
  std::normal_distribution<float> normal;
  std::vector<float> row(d);
  for (float& x : row) x = normal(random);
  return row;
}

inline Samples normal_rows(std::mt19937& random, size_t n, size_t d) {
  std::vector<std::vector<float>> rows;
  for (size_t k = 0; k < n; ++k) rows.push_back(normal_row(random, d));
  return Samples(std::move(rows));
}

/// Rows of everything a finite float can be: duplicates, zeros of both signs, denormals, and the largest.
inline Samples awkward_rows(std::mt19937& random, size_t n, size_t d) {
  constexpr float values[] = {0.0f, -0.0f, 1.0f, -1.0f, 3e-45f, -1e-40f, 1e20f, -1e20f, 1e38f, -3.4e38f, 0.1f, 0.1f};
  std::uniform_int_distribution<size_t> pick(0, std::size(values) - 1);
  std::vector<std::vector<float>> rows(n, std::vector<float>(d));
  for (auto& row : rows)
    for (float& x : row) x = values[pick(random)];
  return Samples(std::move(rows));
}

/// For comparisons that tell +0 from −0.
inline std::vector<uint32_t> bits(const std::vector<float>& values) {
  std::vector<uint32_t> result;
  for (const float x : values) result.push_back(std::bit_cast<uint32_t>(x));
  return result;
}

}  // namespace zenops
