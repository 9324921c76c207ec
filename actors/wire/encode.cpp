#include "actors/wire/encode.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "actors/compression.hpp"

namespace zenops {
namespace {

using Words = std::vector<uint32_t>;

uint32_t word_of(float x) { return std::bit_cast<uint32_t>(x); }

Words top_k(std::span<const float> numbers) {
  Words words;
  for (size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] != 0) words.push_back(static_cast<uint32_t>(i));
  const size_t k = words.size();
  for (size_t j = 0; j < k; ++j) words.push_back(word_of(numbers[words[j]]));
  return words;
}

Words sign(std::span<const float> numbers) {
  Words words(1 + (numbers.size() + 31) / 32);
  words[0] = word_of(numbers.empty() ? 0 : std::fabs(numbers[0]));
  for (size_t i = 0; i < numbers.size(); ++i) words[1 + i / 32] |= uint32_t{std::signbit(numbers[i])} << i % 32;
  return words;
}

Words bf16(std::span<const float> numbers) {
  Words words((numbers.size() + 1) / 2);
  for (size_t i = 0; i < numbers.size(); ++i) words[i / 2] |= uint32_t{to_bf16(numbers[i])} << 16 * (i % 2);
  return words;
}

Words words_of(CompressionOptions::Kind kind, std::span<const float> numbers) {
  switch (kind) {
    case CompressionOptions::Kind::top_k:
      return top_k(numbers);
    case CompressionOptions::Kind::sign:
      return sign(numbers);
    case CompressionOptions::Kind::bf16:
      return bf16(numbers);
    case CompressionOptions::Kind::none:
      break;
  }
  Words words;
  for (const float x : numbers) words.push_back(word_of(x));
  return words;
}

}  // namespace

Row encode(CompressionOptions::Kind kind, std::span<const float> numbers) {
  const Words words = words_of(kind, numbers);
  Row row(std::shared_ptr<float[]>(new float[words.size()]), 0, words.size());
  std::ranges::copy(std::as_bytes(std::span(words)), std::as_writable_bytes(row.mutable_view()).begin());
  return row;
}

}  // namespace zenops
