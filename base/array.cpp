#include "base/array.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <iterator>
#include <limits>

namespace zenops {
namespace {

static_assert(std::endian::native == std::endian::little, "the files are little-endian, and read as they are");

struct Line {
  std::string_view name;
  size_t width;
  bool is_float;
};
constexpr std::array<Line, 13> lines{{{"F64", 8, true},
                                      {"F32", 4, true},
                                      {"F16", 2, true},
                                      {"BF16", 2, true},
                                      {"I64", 8, false},
                                      {"I32", 4, false},
                                      {"I16", 2, false},
                                      {"I8", 1, false},
                                      {"U64", 8, false},
                                      {"U32", 4, false},
                                      {"U16", 2, false},
                                      {"U8", 1, false},
                                      {"BOOL", 1, false}}};
static_assert(lines.size() == static_cast<size_t>(Dtype::BOOL) + 1);

const Line& line_of(Dtype dtype) { return lines[static_cast<size_t>(dtype)]; }

// The 16-bit floats, which C++20 has no names for.
struct Half {
  uint16_t bits;
  operator float() const {
    const uint32_t sign = uint32_t{bits} >> 15 << 31, exponent = bits >> 10 & 31, fraction = bits & 1023;
    if (exponent == 0)
      return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(static_cast<float>(fraction) * 0x1p-24f));
    const uint32_t wide = exponent == 31 ? 255 : exponent + 127 - 15;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
  }
};
struct Brain {
  uint16_t bits;
  operator float() const { return std::bit_cast<float>(uint32_t{bits} << 16); }
};
struct Truth {
  uint8_t byte;
  operator int() const { return byte != 0; }
};

template <class Element, class Out, class Convert>
std::vector<Out> all(const Array& array, Convert convert) {
  std::vector<Out> out(array.count());
  for (size_t i = 0; i < out.size(); ++i) {
    Element element;
    std::memcpy(&element, array.bytes.data() + i * sizeof element, sizeof element);
    out[i] = convert(element);
  }
  return out;
}

/// The elements of any type, each through `convert`.
template <class Out, class Convert>
std::vector<Out> convert_all(const Array& array, Convert convert) {
  switch (array.dtype) {
    case Dtype::F64:
      return all<double, Out>(array, convert);
    case Dtype::F32:
      return all<float, Out>(array, convert);
    case Dtype::F16:
      return all<Half, Out>(array, convert);
    case Dtype::BF16:
      return all<Brain, Out>(array, convert);
    case Dtype::I64:
      return all<int64_t, Out>(array, convert);
    case Dtype::I32:
      return all<int32_t, Out>(array, convert);
    case Dtype::I16:
      return all<int16_t, Out>(array, convert);
    case Dtype::I8:
      return all<int8_t, Out>(array, convert);
    case Dtype::U64:
      return all<uint64_t, Out>(array, convert);
    case Dtype::U32:
      return all<uint32_t, Out>(array, convert);
    case Dtype::U16:
      return all<uint16_t, Out>(array, convert);
    case Dtype::U8:
      return all<uint8_t, Out>(array, convert);
    case Dtype::BOOL:
      return all<Truth, Out>(array, convert);
  }
  return {};
}

}  // namespace

std::string_view to_string(Dtype dtype) { return line_of(dtype).name; }

std::optional<Dtype> dtype_of(std::string_view name) {
  const auto found = std::ranges::find(lines, name, &Line::name);
  if (found == lines.end()) return {};
  return static_cast<Dtype>(found - lines.begin());
}

size_t width_of(Dtype dtype) { return line_of(dtype).width; }

bool is_float(Dtype dtype) { return line_of(dtype).is_float; }

std::optional<uint64_t> bytes_of(Dtype dtype, const std::vector<int64_t>& shape) {
  auto bytes = static_cast<int64_t>(width_of(dtype));
  for (const int64_t length : shape)
    if (length < 0 || __builtin_mul_overflow(bytes, length, &bytes)) return {};
  return static_cast<uint64_t>(bytes);
}

std::string to_string(const std::vector<int64_t>& shape) {
  std::string out;
  for (const int64_t length : shape) out += (out.empty() ? "" : " × ") + std::to_string(length);
  return out.empty() ? "one number" : out;
}

std::vector<float> to_floats(const Array& array) {
  return convert_all<float>(array, [](auto element) { return static_cast<float>(element); });
}

std::vector<int64_t> to_integers(const Array& array) {
  assert(!is_float(array.dtype));
  return convert_all<int64_t>(array, [](auto element) {
    if constexpr (std::is_same_v<decltype(element), uint64_t>)
      return static_cast<int64_t>(std::min(element, uint64_t{std::numeric_limits<int64_t>::max()}));
    else
      return static_cast<int64_t>(element);
  });
}

}  // namespace zenops
