#include "base/safetensors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/expected.hpp"

namespace zenops {
namespace {

static_assert(std::endian::native == std::endian::little, "a safetensors file is little-endian");

using Json = nlohmann::json;
constexpr auto metadata_key = "__metadata__";
constexpr uint64_t longest_header = 100'000'000;  // safetensors' own limit

/// The new file under its temporary name, removed unless it was put in the old one's place.
class Replacement {
 public:
  explicit Replacement(const std::filesystem::path& path)
      : path_(path), temporary_(path.string() + "." + std::to_string(gettid()) + ".tmp") {
    file_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file_ < 0) refuse();
  }
  Replacement(const Replacement&) = delete;
  ~Replacement() {
    if (file_ >= 0) close(file_);
    if (!done_) unlink(temporary_.c_str());
  }
  void write(const void* data, size_t size) {
    for (auto at = static_cast<const char*>(data); size > 0;) {
      const ssize_t n = ::write(file_, at, size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) refuse();
      at += n;
      size -= static_cast<size_t>(n);
    }
  }
  void commit() {
    // Without it a crash of the machine can leave the new name with no bytes behind it.
    if (fsync(file_) != 0) refuse();
    if (close(std::exchange(file_, -1)) != 0) refuse();
    if (rename(temporary_.c_str(), path_.c_str()) != 0) refuse();
    done_ = true;
  }

 private:
  [[noreturn]] void refuse() const {
    const int cause = errno;
    if (file_ < 0) unlink(temporary_.c_str());
    throw UserError(UserError::cannot_write, "cannot write " + path_.string() + ": " + std::strerror(cause));
  }
  std::filesystem::path path_;
  std::string temporary_;
  int file_ = -1;
  bool done_ = false;
};

struct Extent {
  Block block;
  uint64_t begin, end;  // bytes, from the end of the header
};

/// Reads one file; every refusal names it.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);  // before opening: to open a pipe would wait for its writer
    if (error) refuse(error.message());
    file_.open(path, std::ios::binary);
    if (!file_) refuse(std::strerror(errno));
  }

  Tensors read() {
    const Json header = parse(read_header());
    Tensors out;
    std::vector<Extent> extents;
    for (const auto& [name, value] : header.items()) {
      if (name == metadata_key) {
        out.metadata = metadata(value);
      } else {
        extents.push_back(extent(name, value));
      }
    }
    check_that_they_tile(extents);
    std::vector<Block> blocks;
    for (auto& e : extents) blocks.push_back(std::move(e.block));
    out.layout = Layout(std::move(blocks));
    out.values.resize(out.layout.dimension());
    read_bytes(out.values.data(), out.values.size() * sizeof(float));
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw UserError(UserError::bad_data, path_.string() + ": " + what);
  }
  [[noreturn]] void refuse(const std::string& tensor, const std::string& what) const {
    refuse("tensor " + quoted(tensor) + ": " + what);
  }

  static std::string quoted(const std::string& text) { return Json(text).dump(); }

  void read_bytes(void* to, size_t size) {
    if (size > 0 && !file_.read(static_cast<char*>(to), static_cast<std::streamsize>(size))) refuse("cannot be read");
  }

  std::string read_header() {
    if (size_ < sizeof(uint64_t)) refuse("not a safetensors file: only " + std::to_string(size_) + " bytes long");
    uint64_t length;
    read_bytes(&length, sizeof length);
    if (length > longest_header) {
      refuse("not a safetensors file: it promises a header of " + std::to_string(length) + " bytes, more than the " +
             std::to_string(longest_header) + " allowed");
    }
    if (length > size_ - sizeof length) {
      refuse("cut off: the header should be " + std::to_string(length) + " bytes long, the file holds only " +
             std::to_string(size_ - sizeof length) + " after its length");
    }
    std::string header(length, '\0');
    read_bytes(header.data(), header.size());
    data_size_ = size_ - sizeof length - length;
    return header;
  }

  Json parse(const std::string& header) const {
    // The JSON parser takes a NUL for the end of its text, whatever comes after it.
    if (!header.starts_with('{') || header.find('\0') != std::string::npos) refuse("its header is not a JSON object");
    std::set<std::string> names;
    auto once = [&](int depth, Json::parse_event_t event, Json& key) {
      if (event == Json::parse_event_t::key && depth == 1 && !names.insert(key.get<std::string>()).second)
        refuse("the name " + key.dump() + " appears twice");
      return true;
    };
    try {
      return Json::parse(header, once);
    } catch (const Json::exception&) {
      refuse("its header is not valid JSON");
    }
  }

  std::map<std::string, std::string> metadata(const Json& value) const {
    if (!value.is_object()) refuse("its __metadata__ is not a map");
    std::map<std::string, std::string> out;
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) refuse("its __metadata__ holds something other than text under " + quoted(key));
      out[key] = text.get<std::string>();
    }
    return out;
  }

  Extent extent(const std::string& name, const Json& value) const {
    auto member = [&](const char* key) {
      const auto found = value.is_object() ? value.find(key) : value.end();
      return found == value.end() ? Json() : *found;
    };
    const Json dtype = member("dtype"), shape = member("shape"), offsets = member("data_offsets");
    if (!dtype.is_string() || !shape.is_array() || !offsets.is_array() || offsets.size() != 2)
      refuse(name, "needs a dtype, a shape and two data_offsets");
    if (dtype != "F32") refuse(name, "its dtype is " + dtype.dump() + ", only F32 can be read");
    Extent out{{name, {}}, natural(name, offsets[0]), natural(name, offsets[1])};
    uint64_t bytes = sizeof(float);
    for (const Json& n : shape) {
      const uint64_t length = natural(name, n);
      if (length > uint64_t{std::numeric_limits<int64_t>::max()} || __builtin_mul_overflow(bytes, length, &bytes))
        refuse(name, "its shape " + shape.dump() + " is too large");
      out.block.shape.push_back(static_cast<int64_t>(length));
    }
    if (out.end < out.begin) refuse(name, "it ends before it begins");
    if (out.end - out.begin != bytes) {
      refuse(name, "its shape " + shape.dump() + " needs " + std::to_string(bytes) + " bytes, its offsets give it " +
                       std::to_string(out.end - out.begin));
    }
    return out;
  }

  uint64_t natural(const std::string& name, const Json& value) const {
    if (!value.is_number_unsigned())
      refuse(name, "its shape and offsets must be whole numbers, not " +
                       (value.is_structured() ? value.type_name() : value.dump()));
    return value.get<uint64_t>();
  }

  void check_that_they_tile(std::vector<Extent>& extents) const {
    std::sort(extents.begin(), extents.end(),
              [](const Extent& a, const Extent& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
    uint64_t end = 0;
    for (const auto& e : extents) {
      if (e.begin < end) refuse(e.block.name, "it overlaps the one before it");
      if (e.begin > end) refuse(e.block.name, "before it is a hole of " + std::to_string(e.begin - end) + " bytes");
      end = e.end;
    }
    if (end > data_size_) {
      refuse("cut off: its tensors take " + std::to_string(end) + " bytes, only " + std::to_string(data_size_) +
             " follow the header");
    }
    if (end < data_size_) refuse(std::to_string(data_size_ - end) + " bytes after the last tensor belong to nobody");
  }

  std::filesystem::path path_;
  std::ifstream file_;
  uint64_t size_ = 0, data_size_ = 0;
};

}  // namespace

void write_safetensors(const std::filesystem::path& path, const Layout& layout, std::span<const float> values,
                       const std::map<std::string, std::string>& metadata) {
  assert(values.size() == layout.dimension());
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[metadata_key] = metadata;
  for (const auto& block : layout.blocks()) {
    assert(!header.contains(block.name));
    const size_t begin = block.offset * sizeof(float);
    header[block.name] = {
        {"dtype", "F32"}, {"shape", block.shape}, {"data_offsets", {begin, begin + block.size * sizeof(float)}}};
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the tensors lie aligned in the file
  const uint64_t length = text.size();
  Replacement file(path);
  file.write(&length, sizeof length);
  file.write(text.data(), text.size());
  file.write(values.data(), values.size_bytes());
  file.commit();
}

Tensors read_safetensors(const std::filesystem::path& path) { return Reader(path).read(); }

}  // namespace zenops
