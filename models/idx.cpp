#include "models/idx.hpp"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "base/expected.hpp"

namespace zenops {
namespace {

constexpr uint64_t largest = uint64_t{1} << 30;  // far above any data set of this format, and gzread() counts in int
constexpr unsigned unsigned_bytes = 8;           // the element type in the magic number

class File {
 public:
  explicit File(const std::filesystem::path& path) : path_(path), file_(gzopen(path.c_str(), "rb"), gzclose) {
    if (!file_) refuse(std::string("cannot be opened: ") + std::strerror(errno));
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw UserError(UserError::bad_data, path_.string() + ": " + what);
  }
  /// How many of `size` bytes there were.
  size_t read(uint8_t* to, size_t size) {
    const int n = gzread(file_.get(), to, static_cast<unsigned>(size));
    int code = Z_OK;
    gzerror(file_.get(), &code);
    if (code == Z_ERRNO) refuse(std::string("cannot be read: ") + std::strerror(errno));
    if (code == Z_BUF_ERROR) refuse("cut off: its gzip stream has no end");
    if (code != Z_OK) refuse("damaged: its gzip stream or checksum is wrong");
    return static_cast<size_t>(n);
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

}  // namespace

Idx read_idx(const std::filesystem::path& path, unsigned dimensions) {
  File file(path);
  std::vector<uint8_t> header(4 + 4 * size_t{dimensions});
  const size_t got = file.read(header.data(), header.size());
  if (got < header.size() || header[0] != 0 || header[1] != 0 || header[2] != unsigned_bytes || header[3] != dimensions)
    file.refuse("not an IDX file of bytes with " + std::to_string(dimensions) + " dimensions");
  Idx out;
  uint64_t size = 1;
  for (size_t at = 4; at < header.size(); at += 4) {
    const uint32_t n = uint32_t{header[at]} << 24 | header[at + 1] << 16 | header[at + 2] << 8 | header[at + 3];
    if (n == 0) file.refuse("its header says that it is empty");
    out.shape.push_back(n);
    size *= n;
    if (size > largest) file.refuse("its header promises more than " + std::to_string(largest) + " bytes");
  }
  out.header = std::move(header);
  out.bytes.resize(size);
  if (const size_t read = file.read(out.bytes.data(), size); read < size)
    file.refuse("cut off: " + std::to_string(read) + " of " + std::to_string(size) + " bytes are there");
  // This read also makes zlib check the CRC.
  if (uint8_t more; file.read(&more, 1) != 0) file.refuse("longer than its header says");
  return out;
}

}  // namespace zenops
