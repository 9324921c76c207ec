#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zenops {

/// What the elements of an array are, in the names that safetensors gives them.
enum class Dtype : uint8_t { F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL };

std::string_view to_string(Dtype dtype);
std::optional<Dtype> dtype_of(std::string_view name);
/// Bytes of one element.
size_t width_of(Dtype dtype);
bool is_float(Dtype dtype);

/// Numbers of any type, row-major and little-endian, as files hold them.
struct Array {
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;    // none of them negative; none at all: one number
  std::vector<std::byte> bytes;  // count() × width_of(dtype)
  size_t count() const { return bytes.size() / width_of(dtype); }
};

/// The bytes that such an array takes; nothing when there is a negative length among `shape` or it takes 2^63 or more.
std::optional<uint64_t> bytes_of(Dtype dtype, const std::vector<int64_t>& shape);

/// "3 × 32 × 32"; "one number" for no dimensions.
std::string to_string(const std::vector<int64_t>& shape);

/// The elements as floats, the nearest ones where a float cannot hold them; BOOL gives 0 and 1.
std::vector<float> to_floats(const Array& array);
/// The elements of an array of whole numbers or BOOL; 2^63 − 1 stands for what is larger. Requires !is_float(dtype).
std::vector<int64_t> to_integers(const Array& array);

}  // namespace zenops
