#pragma once
#include <cstddef>
#include <filesystem>
#include <string>

namespace zenops {

/// A new file that takes an old one's place, all or nothing: it has a temporary name until commit(), and without that
/// it goes away. Throws UserError (cannot_write) naming the path and the cause.
class Replacement {
 public:
  explicit Replacement(const std::filesystem::path& path);
  Replacement(const Replacement&) = delete;
  ~Replacement();
  void write(const void* data, size_t size);
  /// On return the bytes are on the disk, under the path's name.
  void commit();

 private:
  [[noreturn]] void refuse() const;
  std::filesystem::path path_;
  std::string temporary_;
  int file_ = -1;
  bool done_ = false;
};

}  // namespace zenops
