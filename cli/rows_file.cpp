#include "cli/rows_file.hpp"

#include <algorithm>

#include "base/expected.hpp"
#include "base/npy.hpp"
#include "base/safetensors.hpp"

namespace zenops {
namespace {

[[noreturn]] void bad_usage(const std::string& sentence) { throw UserError(UserError::bad_config, sentence); }
[[noreturn]] void bad_data(const std::string& sentence) { throw UserError(UserError::bad_data, sentence); }

/// The array in a .npy file, or the tensor `name` of a .safetensors file, as floats.
Array read_array(const std::string& path, const std::string& name) {
  const bool numpy = path.ends_with(".npy");
  expect_a_name_of_arrays(path);
  Array array;
  if (numpy) {
    array = read_npy(path);
  } else {
    auto file = read_safetensors_arrays(path);
    std::string names;
    for (const auto& [found, values] : file.arrays) names += (names.empty() ? "" : ", ") + found;
    const auto at = std::ranges::find(file.arrays, name, &std::pair<std::string, Array>::first);
    if (at == file.arrays.end())
      bad_data(path + ": found " + (names.empty() ? "no tensor" : "the tensors " + names) + ", expected one called " +
               name);
    array = std::move(at->second);
  }
  const bool readable = array.dtype == Dtype::F32 || (!numpy && array.dtype == Dtype::BF16);
  if (!readable)
    bad_data(path + ": found " + std::string(to_string(array.dtype)) + " numbers, expected F32" +
             (numpy ? "" : " or BF16"));
  return array;
}

}  // namespace

void expect_a_name_of_arrays(const std::string& path) {
  if (!path.ends_with(".npy") && !path.ends_with(".safetensors"))
    bad_usage(path + ": expected a name that ends in .npy or .safetensors");
}

RowsFile::RowsFile(const std::string& path) : path_(path) {
  const Array array = read_array(path, "rows");
  if (array.shape.size() != 2)
    bad_data(path + ": found the shape " + to_string(array.shape) + ", expected n × d: n rows of d numbers");
  dimension_ = static_cast<size_t>(array.shape[1]);
  values_ = to_floats(array);
  for (size_t k = 0; k < static_cast<size_t>(array.shape[0]); ++k)
    rows_.push_back(std::span(values_).subspan(k * dimension_, dimension_));
}

std::vector<float> read_vector(const std::string& path, const std::string& name, size_t size, const std::string& what) {
  const Array array = read_array(path, name);
  if (array.shape != std::vector<int64_t>{static_cast<int64_t>(size)})
    bad_data(path + ": found the shape " + to_string(array.shape) + ", expected " + std::to_string(size) + ", " + what);
  return to_floats(array);
}

void write_array(const std::string& path, const std::string& name, const std::vector<int64_t>& shape, std::span<const float> values) {
  if (path.ends_with(".npy"))
    write_npy(path, shape, values);
  else
    write_safetensors(path, Layout({{.name = name, .shape = shape}}), values);
}

}  // namespace zenops
