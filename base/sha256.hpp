#pragma once
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>

namespace zenops {

/// SHA-256 (FIPS 180-4) as 64 hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);
/// Of the parts one after the other.
std::string sha256(std::span<const std::span<const std::byte>> parts);
std::string sha256(std::initializer_list<std::span<const std::byte>> parts);
/// Throws UserError (bad_data) when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace zenops
