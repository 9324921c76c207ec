#pragma once
#include <filesystem>
#include <string_view>

namespace zenops {

/// A file that says so when it cannot be written: every failure is a UserError (cannot_write) with the path and the
/// cause.
class OutputFile {
 public:
  enum class Begin { empty, at_the_end };
  explicit OutputFile(std::filesystem::path path, Begin begin = Begin::empty);
  OutputFile(const OutputFile&) = delete;
  ~OutputFile();
  /// On return the bytes are the system's: they outlive this process.
  void append(std::string_view bytes);
  /// All or nothing: `path` is what it was, or has these bytes and they are on the disk.
  static void replace(const std::filesystem::path& path, std::string_view bytes);

 private:
  std::filesystem::path path_;
  int file_;
};

/// Throws the UserError that names `path` and, from `error`, the cause.
[[noreturn]] void cannot_write(const std::filesystem::path& path, int error);

}  // namespace zenops
