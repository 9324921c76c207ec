#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace zenops {

/// A file that is read from its beginning to its end. Every refusal is a UserError (bad_data) that names it.
class InputFile {
 public:
  /// Throws when there is no regular file of that name that may be read.
  explicit InputFile(const std::filesystem::path& path);
  const std::filesystem::path& path() const { return path_; }
  uint64_t size() const { return size_; }
  /// Bytes not read yet.
  uint64_t left() const { return left_; }
  /// Requires size ≤ left(). Throws when the file has become shorter, or its disk fails.
  void read(void* to, size_t size);
  /// Throws "PATH: what".
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  uint64_t size_ = 0, left_ = 0;
};

}  // namespace zenops
