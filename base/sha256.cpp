#include "base/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>

namespace zenops {

std::string sha256(std::span<const std::byte> bytes) { return sha256({bytes}); }

std::string sha256(std::initializer_list<std::span<const std::byte>> parts) {
  std::array<unsigned char, 32> digest{};
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (const auto& part : parts) EVP_DigestUpdate(context.get(), part.data(), part.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  std::string text;
  for (unsigned char byte : digest) {
    constexpr char digits[] = "0123456789abcdef";
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

}  // namespace zenops
