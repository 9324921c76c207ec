#include "cli/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/expected.hpp"
#include "base/replacement.hpp"

namespace zenops {

void cannot_write(const std::filesystem::path& path, int error) {
  throw UserError(UserError::cannot_write, "cannot write " + path.string() + ": " + std::strerror(error));
}

OutputFile::OutputFile(std::filesystem::path path, Begin begin)
    : path_(std::move(path)),
      file_(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (begin == Begin::empty ? O_TRUNC : O_APPEND), 0666)) {
  if (file_ < 0) cannot_write(path_, errno);
}

OutputFile::~OutputFile() { close(file_); }

void OutputFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_write(path_, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void OutputFile::replace(const std::filesystem::path& path, std::string_view bytes) {
  Replacement file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

}  // namespace zenops
