#include "base/npy.hpp"

#include <array>
#include <cassert>
#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/input_file.hpp"
#include "base/replacement.hpp"

namespace zenops {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t longest_header = 1 << 20;  // a plain array's takes about 100 bytes

constexpr std::array<std::pair<std::string_view, Dtype>, 12> dtypes{{{"f8", Dtype::F64},
                                                                     {"f4", Dtype::F32},
                                                                     {"f2", Dtype::F16},
                                                                     {"i8", Dtype::I64},
                                                                     {"i4", Dtype::I32},
                                                                     {"i2", Dtype::I16},
                                                                     {"i1", Dtype::I8},
                                                                     {"u8", Dtype::U64},
                                                                     {"u4", Dtype::U32},
                                                                     {"u2", Dtype::U16},
                                                                     {"u1", Dtype::U8},
                                                                     {"b1", Dtype::BOOL}}};

struct Header {
  std::optional<Dtype> dtype;
  std::optional<bool> fortran_order;
  std::optional<std::vector<int64_t>> shape;
};

/// The header is a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderReader {
 public:
  HeaderReader(const InputFile& file, std::string_view text) : file_(file), rest_(text) {}

  Header read() {
    Header out;
    expect('{');
    while (!take('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr" && !out.dtype) {
        out.dtype = dtype();
      } else if (key == "fortran_order" && !out.fortran_order) {
        out.fortran_order = boolean();
      } else if (key == "shape" && !out.shape) {
        out.shape = shape();
      } else {
        garbled();
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (!rest_.empty() || !out.dtype || !out.fortran_order || !out.shape) garbled();
    return out;
  }

 private:
  [[noreturn]] void garbled() const {
    file_.refuse("its header is not the dictionary of 'descr', 'fortran_order' and 'shape' that numpy.save writes");
  }
  void skip_spaces() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_[0]))) rest_.remove_prefix(1);
  }
  bool next_is(std::string_view word) {
    skip_spaces();
    return rest_.starts_with(word);
  }
  bool take(char c) {
    if (!next_is({&c, 1})) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) garbled();
  }
  std::string_view string() {
    const char quote = next_is("\"") ? '"' : '\'';
    expect(quote);
    const size_t end = rest_.find(quote);
    if (end == rest_.npos) garbled();
    const auto out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return out;
  }
  bool boolean() {
    for (const auto& [word, value] : {std::pair{std::string_view("False"), false}, {"True", true}}) {
      if (!next_is(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    garbled();
  }
  std::vector<int64_t> shape() {
    std::vector<int64_t> out;
    expect('(');
    while (!take(')')) {
      skip_spaces();
      int64_t length = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), length);
      if (error == std::errc::result_out_of_range) file_.refuse("its shape is too large");
      if (error != std::errc{} || length < 0) garbled();
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      out.push_back(length);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }
  Dtype dtype() {
    if (next_is("[")) file_.refuse("holds records with fields, only plain numbers can be read");
    const std::string_view descr = string();
    if (descr.starts_with('>'))
      file_.refuse("its numbers are big-endian (" + legible(descr) +
                   "): save array.astype(array.dtype.newbyteorder('<'))");
    if (descr.size() == 3 && (descr[0] == '<' || descr[0] == '|'))
      for (const auto& [name, dtype] : dtypes)
        if (descr.substr(1) == name) return dtype;
    file_.refuse("its dtype is " + legible(descr) +
                 ", only floats (f2, f4, f8), integers (i1 to i8, u1 to u8) and bool can be read");
  }
  static std::string legible(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 20)) out += c >= ' ' && c <= '~' ? c : '?';
    return "'" + out + "'";
  }

  const InputFile& file_;
  std::string_view rest_;
};

std::string read_header(InputFile& file) {
  std::array<char, 8> begin;
  if (file.left() < begin.size()) file.refuse("not a .npy file: only " + std::to_string(file.size()) + " bytes long");
  file.read(begin.data(), begin.size());
  if (std::string_view(begin.data(), magic.size()) != magic) file.refuse("not a .npy file: it does not begin as one");
  const int version = begin[6];
  if (version < 1 || version > 3)
    file.refuse("version " + std::to_string(version) + " of the .npy format is not known here");
  uint32_t length = 0;
  const size_t width = version == 1 ? 2 : 4;
  if (file.left() < width) file.refuse("cut off within its header");
  file.read(&length, width);
  if (length > longest_header) file.refuse("promises a header of " + std::to_string(length) + " bytes, far too many");
  if (length > file.left()) {
    file.refuse("cut off: its header should be " + std::to_string(length) + " bytes long, the file holds only " +
                std::to_string(file.left()) + " after its length");
  }
  std::string header(length, '\0');
  file.read(header.data(), header.size());
  return header;
}

}  // namespace

Array read_npy(const std::filesystem::path& path) {
  InputFile file(path);
  const std::string text = read_header(file);
  Header header = HeaderReader(file, text).read();
  // With one dimension or none, the two orders are the same.
  if (*header.fortran_order && header.shape->size() > 1)
    file.refuse("is in Fortran order: save numpy.ascontiguousarray(array)");
  const auto bytes = bytes_of(*header.dtype, *header.shape);
  if (!bytes) file.refuse("its shape " + to_string(*header.shape) + " is too large");
  if (*bytes != file.left()) {
    file.refuse((*bytes > file.left() ? "cut off: " : "longer than its header says: ") + to_string(*header.shape) +
                " of " + std::string(to_string(*header.dtype)) + " take " + std::to_string(*bytes) + " bytes, " +
                std::to_string(file.left()) + " follow the header");
  }
  Array out{*header.dtype, std::move(*header.shape), std::vector<std::byte>(*bytes)};
  file.read(out.bytes.data(), out.bytes.size());
  return out;
}

void write_npy(const std::filesystem::path& path, const std::vector<int64_t>& shape, std::span<const float> values) {
  assert(bytes_of(Dtype::F32, shape) == values.size_bytes());
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const int64_t length : shape) text += std::to_string(length) + ",";
  text += "), }";
  constexpr size_t before = magic.size() + 4, alignment = 64;  // so that the numbers lie aligned in the file
  text.resize((before + text.size() + alignment) / alignment * alignment - before - 1, ' ');
  text += '\n';
  const auto length = static_cast<uint16_t>(text.size());
  assert(length == text.size());
  Replacement file(path);
  file.write(magic.data(), magic.size());
  file.write("\x01\x00", 2);
  file.write(&length, sizeof length);
  file.write(text.data(), text.size());
  file.write(values.data(), values.size_bytes());
  file.commit();
}

}  // namespace zenops
