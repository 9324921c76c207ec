#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace zenops {

/// An array of bytes, as MNIST's files hold it.
struct Idx {
  std::vector<uint8_t> header;  // the file's first bytes
  std::vector<uint32_t> shape;  // as long as was asked for; no zeros
  std::vector<uint8_t> bytes;   // row-major
};

/// Reads an IDX file of unsigned bytes with `dimensions` dimensions, gzipped or not. Throws UserError (bad_data) naming
/// the file and what is wrong with it.
Idx read_idx(const std::filesystem::path& path, unsigned dimensions);

}  // namespace zenops
