#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/array.hpp"
#include "base/layout.hpp"

namespace zenops {

/// Named float32 tensors and notes about them, as a safetensors file holds them.
struct Tensors {
  Layout layout;                                // names and shapes
  std::vector<float> values;                    // flat, in the layout's order
  std::map<std::string, std::string> metadata;  // the file's __metadata__
};

/// Named tensors of any dtype, likewise.
struct Arrays {
  std::vector<std::pair<std::string, Array>> arrays;  // in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// Writes `values` (as long as the layout) in the layout's order, under a temporary name first, so that `path` is
/// either the old file or the whole new one. Throws UserError (cannot_write) when it cannot, naming the path and the
/// cause.
void write_safetensors(const std::filesystem::path& path, const Layout& layout, std::span<const float> values,
                       const std::map<std::string, std::string>& metadata = {});
/// The same for values that lie in parts, one after the other.
void write_safetensors_in_parts(const std::filesystem::path& path, const Layout& layout,
                                const std::vector<std::span<const float>>& parts,
                                const std::map<std::string, std::string>& metadata = {});
/// Reads a file of F32 tensors, in the order of their bytes. Throws UserError (bad_data) on anything else, naming the
/// path and what is wrong: a header that lies about its length, holes or overlaps between tensors, another dtype, a
/// file cut off.
Tensors read_safetensors(const std::filesystem::path& path);
/// The same for tensors of every dtype that Array knows.
Arrays read_safetensors_arrays(const std::filesystem::path& path);

}  // namespace zenops
