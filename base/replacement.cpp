#include "base/replacement.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/expected.hpp"

namespace zenops {

Replacement::Replacement(const std::filesystem::path& path)
    : path_(path), temporary_(path.string() + "." + std::to_string(gettid()) + ".tmp") {
  file_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) refuse();
}

Replacement::~Replacement() {
  if (file_ >= 0) close(file_);
  if (!done_) unlink(temporary_.c_str());
}

void Replacement::write(const void* data, size_t size) {
  for (auto at = static_cast<const char*>(data); size > 0;) {
    const ssize_t n = ::write(file_, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse();
    at += n;
    size -= static_cast<size_t>(n);
  }
}

void Replacement::commit() {
  // Without it a crash of the machine can leave the new name with no bytes behind it.
  if (fsync(file_) != 0) refuse();
  if (close(std::exchange(file_, -1)) != 0) refuse();
  if (rename(temporary_.c_str(), path_.c_str()) != 0) refuse();
  done_ = true;
}

void Replacement::refuse() const {
  const int cause = errno;
  if (file_ < 0) unlink(temporary_.c_str());
  throw UserError(UserError::cannot_write, "cannot write " + path_.string() + ": " + std::strerror(cause));
}

}  // namespace zenops
