#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace zenops {

/// Rows of numbers as a user hands them over: a .npy file of shape n × d, or tensor "rows" of a .safetensors file; float32, in the
/// latter bf16 too.
class RowsFile {
 public:
  /// Throws UserError that says what was found and what was expected: bad_config for a name that is neither, else bad_data.
  explicit RowsFile(const std::string& path);
  RowsFile(const RowsFile&) = delete;
  const std::vector<std::span<const float>>& rows() const { return rows_; }  // (n) of (d)
  size_t dimension() const { return dimension_; }                            // d
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::vector<float> values_;
  std::vector<std::span<const float>> rows_;
  size_t dimension_ = 0;
};

/// `size` numbers from such a file, tensor `name` where it is a .safetensors file; `what` says of them what they should be. Throws likewise.
std::vector<float> read_vector(const std::string& path, const std::string& name, size_t size, const std::string& what);

/// Throws UserError (bad_config) unless the name is one of a file that write_array can write.
void expect_a_name_of_arrays(const std::string& path);

/// Writes the array as .npy, or as .safetensors with the one tensor `name`. Throws UserError (cannot_write).
void write_array(const std::string& path, const std::string& name, const std::vector<int64_t>& shape, std::span<const float> values);

}  // namespace zenops
