#pragma once
#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace zenops {

/// The bytes of an IDX file of unsigned bytes whose header claims `shape`.
inline std::string idx(const std::vector<uint32_t>& shape, const std::string& data) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  for (uint32_t n : shape)
    for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(n >> shift);
  return bytes + data;
}

inline std::string gzip(const std::string& plain) {
  constexpr int with_gzip_header = 16 + MAX_WBITS;
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, with_gzip_header, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace zenops
