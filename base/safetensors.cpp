#include "base/safetensors.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "base/input_file.hpp"
#include "base/replacement.hpp"

namespace zenops {
namespace {

using Json = nlohmann::json;
constexpr auto metadata_key = "__metadata__";
constexpr uint64_t longest_header = 100'000'000;  // safetensors' own limit

struct Extent {
  std::string name;
  Dtype dtype;
  std::vector<int64_t> shape;
  uint64_t begin, end;  // bytes, from the end of the header
};

/// Reads one file; every refusal names it.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : file_(path) {
    const Json header = parse(read_header());
    for (const auto& [name, value] : header.items()) {
      if (name == metadata_key) {
        metadata_ = metadata(value);
      } else {
        extents_.push_back(extent(name, value));
      }
    }
    check_that_they_tile();
  }

  Tensors floats() {
    Tensors out;
    std::vector<Block> blocks;
    for (auto& e : extents_) {
      if (e.dtype != Dtype::F32)
        refuse(e.name, "its dtype is " + quoted(std::string(to_string(e.dtype))) + ", only F32 can be read");
      blocks.push_back({std::move(e.name), std::move(e.shape)});
    }
    out.layout = Layout(std::move(blocks));
    out.values.resize(out.layout.dimension());
    file_.read(out.values.data(), out.values.size() * sizeof(float));
    out.metadata = std::move(metadata_);
    return out;
  }

  Arrays arrays() {
    Arrays out;
    for (auto& e : extents_) {
      Array array{e.dtype, std::move(e.shape), std::vector<std::byte>(e.end - e.begin)};
      file_.read(array.bytes.data(), array.bytes.size());
      out.arrays.emplace_back(std::move(e.name), std::move(array));
    }
    out.metadata = std::move(metadata_);
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { file_.refuse(what); }
  [[noreturn]] void refuse(const std::string& tensor, const std::string& what) const {
    refuse("tensor " + quoted(tensor) + ": " + what);
  }

  static std::string quoted(const std::string& text) { return Json(text).dump(); }

  std::string read_header() {
    uint64_t length;
    if (file_.size() < sizeof length)
      refuse("not a safetensors file: only " + std::to_string(file_.size()) + " bytes long");
    file_.read(&length, sizeof length);
    if (length > longest_header) {
      refuse("not a safetensors file: it promises a header of " + std::to_string(length) + " bytes, more than the " +
             std::to_string(longest_header) + " allowed");
    }
    if (length > file_.left()) {
      refuse("cut off: the header should be " + std::to_string(length) + " bytes long, the file holds only " +
             std::to_string(file_.left()) + " after its length");
    }
    std::string header(length, '\0');
    file_.read(header.data(), header.size());
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
    const auto known = dtype_of(dtype.get<std::string>());
    if (!known) refuse(name, "its dtype is " + dtype.dump() + ", which is none that can be read");
    Extent out{name, *known, {}, natural(name, offsets[0]), natural(name, offsets[1])};
    for (const Json& n : shape) {
      const auto length = static_cast<int64_t>(natural(name, n));
      if (length < 0) refuse(name, "its shape " + shape.dump() + " is too large");
      out.shape.push_back(length);
    }
    const auto bytes = bytes_of(*known, out.shape);
    if (!bytes) refuse(name, "its shape " + shape.dump() + " is too large");
    if (out.end < out.begin) refuse(name, "it ends before it begins");
    if (out.end - out.begin != *bytes) {
      refuse(name, "its shape " + shape.dump() + " needs " + std::to_string(*bytes) + " bytes, its offsets give it " +
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

  void check_that_they_tile() {
    std::sort(extents_.begin(), extents_.end(),
              [](const Extent& a, const Extent& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
    uint64_t end = 0;
    for (const auto& e : extents_) {
      if (e.begin < end) refuse(e.name, "it overlaps the one before it");
      if (e.begin > end) refuse(e.name, "before it is a hole of " + std::to_string(e.begin - end) + " bytes");
      end = e.end;
    }
    if (end > file_.left()) {
      refuse("cut off: its tensors take " + std::to_string(end) + " bytes, only " + std::to_string(file_.left()) +
             " follow the header");
    }
    if (end < file_.left())
      refuse(std::to_string(file_.left() - end) + " bytes after the last tensor belong to nobody");
  }

  InputFile file_;
  std::vector<Extent> extents_;  // in the order of their bytes
  std::map<std::string, std::string> metadata_;
};

}  // namespace

void write_safetensors(const std::filesystem::path& path, const Layout& layout, std::span<const float> values,
                       const std::map<std::string, std::string>& metadata) {
  assert(values.size() == layout.dimension());
  write_safetensors_in_parts(path, layout, {values}, metadata);
}

void write_safetensors_in_parts(const std::filesystem::path& path, const Layout& layout,
                                const std::vector<std::span<const float>>& parts,
                                const std::map<std::string, std::string>& metadata) {
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
  for (const auto& part : parts) file.write(part.data(), part.size_bytes());
  file.commit();
}

Tensors read_safetensors(const std::filesystem::path& path) { return Reader(path).floats(); }

Arrays read_safetensors_arrays(const std::filesystem::path& path) { return Reader(path).arrays(); }

}  // namespace zenops
