#pragma once
#include <filesystem>
#include <span>
#include <vector>

#include "base/array.hpp"

namespace zenops {

/// Reads an array that numpy.save wrote (format 1.0 to 3.0): little-endian numbers in C order. Throws UserError
/// (bad_data) on anything else, naming the path, what is wrong and, where it helps, what to do in NumPy: big-endian or
/// complex numbers, objects, records, Fortran order, a header that lies about its length, a file cut off or too long.
Array read_npy(const std::filesystem::path& path);

/// Writes an F32 array that numpy.load reads, under a temporary name first. Requires as many values as the shape has
/// room for. Throws UserError (cannot_write) when it cannot, naming the path and the cause.
void write_npy(const std::filesystem::path& path, const std::vector<int64_t>& shape, std::span<const float> values);

}  // namespace zenops
