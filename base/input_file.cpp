#include "base/input_file.hpp"

#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/expected.hpp"

namespace zenops {

InputFile::InputFile(const std::filesystem::path& path) : path_(path) {
  std::error_code error;
  size_ = left_ = std::filesystem::file_size(path, error);  // before opening: to open a pipe would wait for its writer
  if (error) refuse(error.message());
  file_.open(path, std::ios::binary);
  if (!file_) refuse(std::strerror(errno));
}

void InputFile::read(void* to, size_t size) {
  assert(size <= left_);
  if (size > 0 && !file_.read(static_cast<char*>(to), static_cast<std::streamsize>(size))) refuse("cannot be read");
  left_ -= size;
}

void InputFile::refuse(const std::string& what) const {
  throw UserError(UserError::bad_data, path_.string() + ": " + what);
}

}  // namespace zenops
