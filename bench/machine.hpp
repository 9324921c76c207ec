#pragma once
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace zenops::bench {

/// What /proc/cpuinfo calls the processor; "unknown processor" where it does not say.
std::string processor();
std::string processor(std::istream& cpuinfo);

/// Bytes that a process may still take without pushing others out, by /proc/meminfo; nothing where it does not say.
std::optional<uint64_t> available_memory();
std::optional<uint64_t> available_memory(std::istream& meminfo);

}  // namespace zenops::bench
