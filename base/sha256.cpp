#include "base/sha256.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/input_file.hpp"

namespace zenops {
namespace {

class Digest {
 public:
  Digest() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(std::span<const std::byte> bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string text() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    std::string text;
    for (unsigned char byte : digest) {
      constexpr char digits[] = "0123456789abcdef";
      text += {digits[byte >> 4], digits[byte & 15]};
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

}  // namespace

std::string sha256(std::span<const std::byte> bytes) { return sha256({bytes}); }

std::string sha256(std::initializer_list<std::span<const std::byte>> parts) { return sha256(std::span(parts.begin(), parts.size())); }

std::string sha256(std::span<const std::span<const std::byte>> parts) {
  Digest digest;
  for (const auto& part : parts) digest.add(part);
  return digest.text();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  InputFile file(path);
  Digest digest;
  std::vector<std::byte> buffer(size_t{1} << 20);
  while (file.left() > 0) {
    const size_t size = std::min<uint64_t>(buffer.size(), file.left());
    file.read(buffer.data(), size);
    digest.add(std::span(buffer).first(size));
  }
  return digest.text();
}

}  // namespace zenops
